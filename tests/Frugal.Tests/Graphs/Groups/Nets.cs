using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Graphs.Groups;

/// <summary>Small networks, each with a pattern that ties channels.</summary>
internal static class Nets
{
    /// <summary>Each with the shape of an input; all in evaluation mode.</summary>
    public static readonly IReadOnlyDictionary<string, (Func<Module<Tensor, Tensor>> Build, long[] Input)> All = new Dictionary<string, (Func<Module<Tensor, Tensor>>, long[])>
    {
        ["plain"] = (() => new Plain(), [2, 3, 6, 6]),
        ["densely connected"] = (() => new Dense(), [2, 3, 8, 8]),
        ["inverted residuals"] = (() => new InvertedResiduals(), [2, 3, 8, 8]),
        ["attention with three layers"] = (() => new SeparateAttention(), [2, 5, 12]),
        ["grouped"] = (() => new Grouped(), [2, 3, 6, 6]),
        ["gated"] = (() => new Gated(), [2, 10]),
        ["one-dimensional"] = (() => new OneDimensional(), [2, 3, 12]),
        ["transposed"] = (() => new Transposed(), [2, 3, 6, 6]),
        ["tokens"] = (() => new TokenMixer(), [2, 7]),
    };

    /// <summary>An input in double precision, or numbers of words.</summary>
    public static Tensor Input(string name) => name == "tokens" ? arange(14).remainder(9).view(2, 7) : Layers.Surgery.SilentChannels.Filled(All[name].Input);

    /// <summary>Convolutions over a sequence, one of them depthwise, around a shortcut, and a transposed one.</summary>
    public sealed class OneDimensional : Module<Tensor, Tensor>
    {
        private Module<Tensor, Tensor> conv1 = Conv1d(3, 6, 3, padding: 1), depthwise = Conv1d(6, 6, 3, padding: 2, dilation: 2, groups: 6), up = ConvTranspose1d(6, 9, 4, stride: 2, padding: 1), conv2 = Conv1d(9, 4, 3, stride: 2), fc = Linear(4, 5);

        public OneDimensional() : base(nameof(OneDimensional)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = functional.relu(conv1.call(input));
            x = functional.relu(up.call(x + depthwise.call(x)));
            return fc.call(functional.relu(conv2.call(x)).mean([2])).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Down and up again with a shortcut that is concatenated.</summary>
    public sealed class Transposed : Module<Tensor, Tensor>
    {
        private Module<Tensor, Tensor> down = Conv2d(3, 6, 2, stride: 2), up = ConvTranspose2d(6, 8, 3, stride: 2, padding: 1, output_padding: 1), merge = Conv2d(14, 5, 1), skip = Conv2d(3, 6, 1), fc = Linear(5, 4);

        public Transposed() : base(nameof(Transposed)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = functional.relu(up.call(functional.relu(down.call(input))));
            return fc.call(functional.relu(merge.call(cat([x, skip.call(input)], 1))).mean([2, 3])).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Words in a table, positions of the network itself, and a residual stream without a norm.</summary>
    public sealed class TokenMixer : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> table = Embedding(9, 8);
        private readonly Parameter positions = Parameter(randn(1, 7, 8)), summary = Parameter(randn(1, 1, 8));
        private Module<Tensor, Tensor> fc1 = Linear(8, 12), fc2 = Linear(12, 8), head = Linear(8, 3);

        public TokenMixer() : base(nameof(TokenMixer)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = cat([summary.expand(input.shape[0], -1, -1), table.call(input) + positions], 1);
            x = x + fc2.call(functional.gelu(fc1.call(x)));
            return head.call(x[.., 0] + x.mean([1])).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Convolution, norm, depthwise convolution around a shortcut, pooling, flattening, linear.</summary>
    public sealed class Plain : Module<Tensor, Tensor>
    {
        private Module<Tensor, Tensor> conv = Conv2d(3, 4, 3, padding: 1), norm = BatchNorm2d(4), depthwise = Conv2d(4, 4, 3, padding: 1, groups: 4, bias: false), fc1 = Linear(36, 8), fc2 = Linear(8, 5);

        public Plain() : base(nameof(Plain)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = functional.relu(norm.call(conv.call(input)));
            x = functional.max_pool2d(x + depthwise.call(x), 2).flatten(1);
            return fc2.call(functional.relu(fc1.call(x))).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Each layer reads all before it (Huang et al. 2017), with the norm before the convolution.</summary>
    public sealed class Dense : Module<Tensor, Tensor>
    {
        private Module<Tensor, Tensor> stem = Conv2d(3, 8, 3, padding: 1, bias: false), norm1 = BatchNorm2d(8), conv1 = Conv2d(8, 4, 3, padding: 1, bias: false),
            norm2 = BatchNorm2d(12), conv2 = Conv2d(12, 4, 3, padding: 1, bias: false), norm3 = BatchNorm2d(16), transition = Conv2d(16, 6, 1, bias: false), fc = Linear(6, 5);

        public Dense() : base(nameof(Dense)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = stem.call(input);
            x = cat([x, conv1.call(functional.relu(norm1.call(x)))], 1);
            x = cat([x, conv2.call(functional.relu(norm2.call(x)))], 1);
            x = functional.avg_pool2d(transition.call(functional.relu(norm3.call(x))), 2);
            return fc.call(x.mean([2, 3])).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Expansion, depthwise convolution, squeeze and excitation, projection around a shortcut (Sandler et al. 2018, Hu et al. 2018).</summary>
    public sealed class InvertedResiduals : Module<Tensor, Tensor>
    {
        private Module<Tensor, Tensor> stem = Conv2d(3, 6, 3, padding: 1, bias: false), stem_norm = BatchNorm2d(6), expand = Conv2d(6, 12, 1, bias: false), norm1 = BatchNorm2d(12),
            depthwise = Conv2d(12, 12, 3, padding: 1, groups: 12, bias: false), norm2 = BatchNorm2d(12), squeeze = Conv2d(12, 4, 1), excite = Conv2d(4, 12, 1),
            project = Conv2d(12, 6, 1, bias: false), norm3 = BatchNorm2d(6), fc = Linear(6, 5);

        public InvertedResiduals() : base(nameof(InvertedResiduals)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = functional.hardswish(stem_norm.call(stem.call(input)));
            var y = functional.hardswish(norm2.call(depthwise.call(functional.hardswish(norm1.call(expand.call(x))))));
            y = y * functional.hardsigmoid(excite.call(functional.relu(squeeze.call(functional.adaptive_avg_pool2d(y, 1)))));
            x = x + norm3.call(project.call(y));
            return fc.call(functional.adaptive_avg_pool2d(x, 1).flatten(1)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Attention whose queries, keys and values are layers of their own, written out with products and a softmax; a head is three wide.</summary>
    public sealed class SeparateAttention : Module<Tensor, Tensor>
    {
        private Module<Tensor, Tensor> q = Linear(12, 12), k = Linear(12, 12), v = Linear(12, 12), proj = Linear(12, 12), head = Linear(12, 5);

        public SeparateAttention() : base(nameof(SeparateAttention)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var weights = functional.softmax(Heads(q.call(input)).matmul(Heads(k.call(input)).transpose(-2, -1)) / Math.Sqrt(3), -1);
            var mixed = weights.matmul(Heads(v.call(input))).transpose(1, 2).flatten(2);
            return head.call(proj.call(mixed).mean([1])).MoveToOuterDisposeScope();
        }

        private static Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], -1, 3).transpose(1, 2);
    }

    /// <summary>Grouped convolutions, one with many narrow groups and one with a few wide ones, a group norm, and a transposed shape.</summary>
    public sealed class Grouped : Module<Tensor, Tensor>
    {
        private Module<Tensor, Tensor> conv1 = Conv2d(3, 16, 3, padding: 1), narrow = Conv2d(16, 16, 3, padding: 1, groups: 8), conv2 = Conv2d(16, 16, 1), wide = Conv2d(16, 8, 3, padding: 1, groups: 2),
            norm = GroupNorm(8, 16), fc = Linear(8, 5);

        public Grouped() : base(nameof(Grouped)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = functional.relu(narrow.call(functional.relu(norm.call(conv1.call(input)))));
            x = functional.relu(wide.call(functional.relu(conv2.call(x))));
            return fc.call(x.permute(0, 2, 3, 1).flatten(1, 2).mean([1])).MoveToOuterDisposeScope();
        }
    }

    /// <summary>A gated linear unit, and one written with a split.</summary>
    public sealed class Gated : Module<Tensor, Tensor>
    {
        private Module<Tensor, Tensor> fc1 = Linear(10, 16), fc2 = Linear(8, 12), fc3 = Linear(6, 5);

        public Gated() : base(nameof(Gated)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var halves = fc2.call(functional.glu(fc1.call(input))).chunk(2, -1);
            return fc3.call(halves[0] * halves[1].tanh()).MoveToOuterDisposeScope();
        }
    }
}
