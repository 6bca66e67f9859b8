using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using static TorchSharp.TensorExtensionMethods;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Frugal.Tests.Graphs.Onnx;

/// <summary>
/// Each operator in a function of one tensor, run under ONNX Runtime at two batch sizes by the exporter, which throws when a result differs from libtorch's.
/// </summary>
public class OperatorExportTests
{
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Function, long[] Shape)> cases = Cases();

    public static IEnumerable<TheoryDataRow<string>> Names => cases.Keys.Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Computes_the_same(string name)
    {
        var (function, shape) = cases[name];
        Assert.InRange(Exported.Function(function, shape).MaxRelative, 0, 1e-4);
    }

    private static Dictionary<string, (Func<Tensor, Tensor>, long[])> Cases()
    {
        Dictionary<string, (Func<Tensor, Tensor>, long[])> all = [];
        void Add(string name, Func<Tensor, Tensor> function, params long[] shape) => all.Add(name, (function, shape));
        void Each(long[] shape, params (string Name, Func<Tensor, Tensor> Function)[] functions)
        {
            foreach (var (name, function) in functions)
                Add(name, function, shape);
        }

        Each([2, 3, 4],
            ("add", x => x + x.sin()), ("add scaled", x => x.add(x.sin(), alpha: 0.3)), ("add number", x => x + 1.5), ("sub", x => x - x.exp()), ("rsub", x => 2 - x),
            ("mul", x => x * x), ("div", x => x / (x.abs() + 1)), ("div floor", x => x.div(0.3, RoundingMode.floor)), ("div trunc", x => x.div(0.3, RoundingMode.trunc)),
            ("pow 2", x => x.pow(2)), ("pow 3", x => x.pow(3)), ("pow tensor", x => x.abs().pow(x.sigmoid())), ("sqrt", x => x.abs().sqrt()), ("rsqrt", x => (x.abs() + 1).rsqrt()),
            ("exp", x => x.exp()), ("log", x => (x.abs() + 1).log()), ("log1p", x => x.abs().log1p()), ("log2", x => (x.abs() + 1).log2()), ("log10", x => (x.abs() + 1).log10()),
            ("expm1", x => x.expm1()), ("exp2", x => x.exp2()), ("abs", x => x.abs()), ("neg", x => -x), ("sign", x => x.sign()), ("reciprocal", x => (x.abs() + 1).reciprocal()),
            ("floor", x => (x * 3).floor()), ("ceil", x => (x * 3).ceil()), ("round", x => (x * 3).round()), ("trunc", x => (x * 3).trunc()), ("frac", x => (x * 3).frac()),
            ("erf", x => x.erf()), ("erfc", x => x.erfc()), ("sin", x => x.sin()), ("cos", x => x.cos()), ("tan", x => (x * 0.3).tan()), ("asin", x => x.tanh().asin()),
            ("acos", x => x.tanh().acos()), ("atan", x => x.atan()), ("atan2", x => x.atan2(x.cos())), ("sinh", x => x.sinh()), ("cosh", x => x.cosh()),
            ("asinh", x => x.asinh()), ("acosh", x => (x.abs() + 1.1).acosh()), ("atanh", x => (x * 0.1).tanh().atanh()),
            ("remainder", x => (x * 3).remainder(0.7)), ("fmod", x => (x * 3).fmod(0.7)), ("maximum", x => x.maximum(x.sin())), ("minimum", x => x.minimum(x.sin())),
            ("clamp", x => x.clamp(-0.5, 0.5)), ("clamp_min", x => x.clamp_min(0.1)), ("clamp_max", x => x.clamp_max(0.1)), ("square", x => x.square()),
            ("lerp", x => x.lerp(x.sin(), 0.3)), ("addcmul", x => x.addcmul(x, x.sin(), 0.5)), ("addcdiv", x => x.addcdiv(x, x.abs() + 1, 0.5)));

        Each([2, 3, 4],
            ("relu", x => F.relu(x)), ("relu in place", x => x.neg().relu_()), ("relu6", x => F.relu6(x * 5)), ("leaky_relu", x => F.leaky_relu(x, 0.2)), ("elu", x => F.elu(x, 0.7)),
            ("selu", x => F.selu(x)), ("celu", x => F.celu(x, 0.7)), ("gelu", x => F.gelu(x)), ("silu", x => F.silu(x)), ("mish", x => F.mish(x)), ("sigmoid", x => x.sigmoid()),
            ("tanh", x => x.tanh()), ("softplus", x => F.softplus(x, 2, 1)), ("softsign", x => F.softsign(x)), ("hardsigmoid", x => F.hardsigmoid(x * 4)), ("hardswish", x => F.hardswish(x * 4)),
            ("hardtanh", x => F.hardtanh(x, -0.4, 0.4)), ("hardshrink", x => F.hardshrink(x, 0.3)), ("softshrink", x => F.softshrink(x, 0.3)), ("logsigmoid", x => F.logsigmoid(x)),
            ("threshold", x => F.threshold(x, 0.1, -2)), ("softmax", x => F.softmax(x, 1)), ("log_softmax", x => F.log_softmax(x, -1)), ("softmin", x => F.softmin(x, -1)),
            ("glu", x => F.glu(x, -1)), ("tanhshrink", x => F.tanhshrink(x)));

        Each([2, 3, 4],
            ("comparisons", x => (x > 0.1).to(ScalarType.Float32) + (x < x.sin()).to(ScalarType.Float32) + x.ge(0).to(ScalarType.Float32) + x.le(0).to(ScalarType.Float32) + x.eq(x.relu()).to(ScalarType.Float32) + x.ne(x.relu()).to(ScalarType.Float32)),
            ("logic", x => (x > 0).logical_and(x < 1).logical_or(x.lt(-1)).logical_xor(x > 2).logical_not()), ("where", x => where(x > 0, x, x * 2)),
            ("masked_fill", x => x.masked_fill(x > 0, -3)), ("masked_fill infinity", x => F.softmax(x.masked_fill(x > 1, double.NegativeInfinity), -1)),
            ("isnan", x => x.isnan()), ("isinf", x => x.isinf()), ("bitwise", x => (x * 10).to(ScalarType.Int32).bitwise_and(tensor(6, ScalarType.Int32))),
            ("cast", x => (x * 10).to(ScalarType.Int64)), ("mixed types", x => (x * 10).to(ScalarType.Int64) * 0.5), ("integer division", x => (x * 10).to(ScalarType.Int64).floor_divide(3)),
            ("nan_to_num", x => where(x > 0.5, x.log() - x.log(), x / x.relu()).nan_to_num(1, 2, 3)), ("nan_to_num default", x => x.neg().sqrt().nan_to_num()));

        Each([2, 4, 6],
            ("view", x => x.view(-1, 24)), ("reshape", x => x.reshape(x.shape[0], 2, 12)), ("reshape over the batch", x => x.reshape(-1, 6)), ("flatten", x => x.flatten(1)),
            ("unflatten", x => x.unflatten(2, 2, 3)), ("permute", x => x.permute(2, 0, 1)), ("transpose", x => x.transpose(1, 2).contiguous().view(x.shape[0], 24)),
            ("squeeze", x => x.unsqueeze(1).squeeze(1)), ("unsqueeze", x => x.unsqueeze(-1)), ("expand", x => x.unsqueeze(1).expand(-1, 3, -1, -1)),
            ("expand over the batch", x => ones(1, 1, 6).expand(x.shape[0], 2, 6) + x[TensorIndex.Colon, TensorIndex.Slice(0, 2)]), ("repeat", x => x.repeat(1, 2, 3)),
            ("repeat_interleave", x => x.repeat_interleave(2, 1)), ("cat", x => cat([x, x * 2], 1)), ("stack", x => stack([x, x * 2], 2)), ("split", x => x.split(2, 1)[1]),
            ("split sizes", x => x.split([1, 3], 1)[1]), ("chunk", x => x.chunk(3, -1)[2]), ("unbind", x => x.unbind(1)[2]), ("slice", x => x[TensorIndex.Colon, TensorIndex.Slice(1, 4, 2)]),
            ("select", x => x.select(1, -1)), ("narrow", x => x.narrow(2, 1, 3)), ("first of the batch", x => x[TensorIndex.Slice(0, 1)]), ("index", x => x.index(TensorIndex.Colon, TensorIndex.Tensor(tensor(new long[] { 3, 0 })))),
            ("index two", x => x.index(TensorIndex.Colon, TensorIndex.Tensor(tensor(new long[] { 3, 0 })), TensorIndex.Tensor(tensor(new long[] { 1, -1 })))),
            ("index_select", x => x.index_select(1, tensor(new long[] { 2, 2, 0 }))), ("gather", x => x.gather(2, (x * 0).to(ScalarType.Int64) + 3)),
            ("scatter", x => x.scatter(2, zeros(x.shape[0], 4, 1, dtype: ScalarType.Int64) + 2, x * 3)), ("flip", x => x.flip(1, 2)), ("roll", x => x.roll(1, 1)),
            ("roll two", x => x.roll([-1, 2], [1, 2])), ("tril", x => x.tril()), ("triu", x => x.triu(1)), ("movedim", x => x.movedim([1], [2])), ("swapaxes", x => x.swapaxes(1, 2)),
            ("arange of the batch", x => x + arange(x.shape[0], dtype: ScalarType.Float32).view(-1, 1, 1)), ("zeros of the batch", x => cat([zeros(x.shape[0], 1, 6), x], 1)),
            ("full", x => full([x.shape[0], 4, 6], 0.5) * x), ("linspace", x => x + linspace(0, 1, 6)), ("eye", x => x.matmul(eye(6))), ("zeros_like", x => zeros_like(x) + ones_like(x) + x));

        Each([2, 4, 6],
            ("sum", x => x.sum(-1)), ("sum of all but the batch", x => x.sum([1, 2], keepdim: true)), ("sum of all", x => x.sum()), ("mean", x => x.mean([1])), ("mean of all", x => x.mean()),
            ("prod", x => x.prod(1)), ("amax", x => x.amax([1])), ("amin", x => x.amin([-1])), ("max", x => x.max(1).values), ("max positions", x => x.max(1).indexes), ("min", x => x.min(-1).values),
            ("argmax", x => x.argmax(-1)), ("argmin", x => x.argmin(1)), ("any", x => (x > 2).any(1)), ("all", x => (x > -1).all(1)), ("var", x => x.var(1)), ("std", x => x.std(-1, unbiased: false)),
            ("norm", x => x.norm(-1)), ("normalize", x => F.normalize(x, 2, -1)), ("logsumexp", x => x.logsumexp(-1)), ("cumsum", x => x.cumsum(1)), ("topk", x => x.topk(2, -1).values),
            ("sort", x => x.sort(-1, descending: true).Values), ("argsort", x => x.argsort(-1)), ("one_hot", x => F.one_hot(x.argmax(-1), 6)));

        Each([2, 4, 6],
            ("matmul", x => x.matmul(x.transpose(1, 2))), ("bmm", x => x.bmm(x.transpose(1, 2))), ("baddbmm", x => x.baddbmm(x.transpose(1, 2), x.matmul(x.transpose(1, 2)), 0.5f, 2f)),
            ("einsum", x => einsum("bij,bkj->bik", x, x)), ("einsum capitals", x => einsum("Bij,Bkj->Bik", x, x)), ("linear without bias", x => F.linear(x, ones(5, 6))),
            ("attention", x => F.scaled_dot_product_attention(x, x, x)), ("causal attention", x => F.scaled_dot_product_attention(x, x, x, is_casual: true)),
            ("masked attention", x => F.scaled_dot_product_attention(x, x, x, attn_mask: ones(4, 4, dtype: ScalarType.Bool).tril())),
            ("outer", x => x.flatten()[TensorIndex.Slice(0, 3)].outer(x.flatten()[TensorIndex.Slice(0, 2)])));

        Each([2, 3, 8, 8],
            ("max_pool2d", x => F.max_pool2d(x, 3, 2, 1)), ("max_pool2d ceil", x => F.max_pool2d(x, 3, 2, ceil_mode: true)), ("avg_pool2d", x => F.avg_pool2d(x, 3, 2, 1)),
            ("avg_pool2d without border", x => F.avg_pool2d(x, 3, 2, 1, count_include_pad: false)), ("adaptive_avg_pool2d 1", x => F.adaptive_avg_pool2d(x, 1)),
            ("adaptive_avg_pool2d 4", x => F.adaptive_avg_pool2d(x, 4)), ("adaptive_avg_pool2d 3", x => F.adaptive_avg_pool2d(x, 3)), ("adaptive_max_pool2d", x => F.adaptive_max_pool2d(x, [2, 2])),
            ("pad", x => F.pad(x, [1, 2, 0, 1], value: 0.5)), ("pad reflect", x => F.pad(x, [1, 2, 2, 1], PaddingModes.Reflect)), ("pad replicate", x => F.pad(x, [1, 2, 2, 1], PaddingModes.Replicate)),
            ("pad circular", x => F.pad(x, [1, 2, 2, 1], PaddingModes.Circular)), ("pad negative", x => F.pad(x, [-1, 0, 0, -2])), ("pixel_shuffle", x => F.pixel_shuffle(cat([x, x, x, x], 1), 2)),
            ("pixel_unshuffle", x => F.pixel_unshuffle(x, 2)), ("unfold", x => F.unfold(x, 3, padding: 1, stride: 2)), ("fold", x => F.fold(F.unfold(x, 2, stride: 2), 8, 2, stride: 2)),
            ("nearest", x => F.interpolate(x, scale_factor: [2, 2])), ("nearest size", x => F.interpolate(x, [5, 7])), ("bilinear", x => F.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Bilinear)),
            ("bilinear corners", x => F.interpolate(x, [11, 5], mode: InterpolationMode.Bilinear, align_corners: true)), ("bicubic", x => F.interpolate(x, [11, 5], mode: InterpolationMode.Bicubic)),
            ("bicubic corners", x => F.interpolate(x, [11, 5], mode: InterpolationMode.Bicubic, align_corners: true)), ("area", x => F.interpolate(x, [4, 4], mode: InterpolationMode.Area)),
            ("grid_sample", x => F.grid_sample(x, x[TensorIndex.Colon, TensorIndex.Slice(0, 2)].permute(0, 2, 3, 1).tanh(), align_corners: false)),
            ("group_norm", x => F.group_norm(x, 3)), ("instance_norm", x => F.instance_norm(x)), ("layer_norm", x => F.layer_norm(x, [8, 8])), ("local response", x => F.local_response_norm(x, 3)));
        return all;
    }
}
