using CsCheck;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Frugal.Tests.Graphs.Onnx;

/// <summary>
/// Networks put together at random from small steps, some in place and some through views, each exported and run under ONNX Runtime. CsCheck prints the seed
/// of a failure and shrinks the list of steps to the shortest that still fails.
/// </summary>
public class RandomNetworkTests
{
    // With the usual 1e-5, numbers that a softmax made nearly equal would have their rounding errors multiplied by hundreds.
    private const double WellConditioned = 0.01;

    /// <summary>
    /// Steps from <c>[batch, 4, 6]</c> to the same shape, so that they can follow each other in any order. What averages stands beside what it averages, as in real networks: otherwise a few of these in a row leave constants, and a norm after them
    /// shows nothing but rounding.
    /// </summary>
    private static readonly (string Name, Func<Tensor, Tensor> Step)[] steps =
    [
        ("relu", x => x.relu()), ("tanh", x => x.tanh()), ("gelu", x => F.gelu(x)), ("softmax", x => x + F.softmax(x, -1)), ("softmax rows", x => x - F.softmax(x, 1)),
        ("scale", x => x * 0.7), ("shift", x => 1.3 - x), ("square", x => x.clamp(-2, 2).pow(2)), ("root", x => x.abs().sqrt()),
        ("layer norm", x => F.layer_norm(x, [6], eps: WellConditioned)), ("normalize", x => F.normalize(x, 2, -1)),
        ("swap", x => x.transpose(1, 2).reshape(x.shape[0], 4, 6)), ("fold", x => x.reshape(-1, 3).sin().view(x.shape[0], 4, 6)), ("flip", x => x.flip(2)), ("roll", x => x.roll(1, 1)),
        ("halves", x => cat([x.chunk(2, 2)[1], x.chunk(2, 2)[0]], 2)), ("rows", x => stack([.. x.unbind(1).Reverse()], 1)), ("pick", x => x.index_select(1, tensor(new long[] { 3, 1, 1, 0 }))),
        ("residual", x => x + x.sigmoid()), ("gate", x => x * (1 + x.mean([-1], keepdim: true))), ("mask", x => x.masked_fill(x > 1, -0.5)), ("choose", x => where(x > 0, x, x.exp())),
        ("attend", x => x + F.scaled_dot_product_attention(x, x, x)), ("mix", x => x + x.matmul(x.transpose(1, 2)).tanh().matmul(x)), ("triangle", x => x.tril()), ("running sum", x => x.cumsum(1) * 0.3),
        ("in place", x => x.neg().relu_().add_(0.5)),
        ("row in place", x => Changed(x, y => y[TensorIndex.Colon, 1].mul_(2))),
        ("range in place", x => Changed(x, y => y[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(1, 4)].sin_())),
        ("turned in place", x => Changed(x, y => y.transpose(1, 2)[TensorIndex.Colon, 2].fill_(0.25))),
        ("flat in place", x => Changed(x, y => y.view(-1, 24)[TensorIndex.Colon, 5] = x[TensorIndex.Colon, 0, 0])),
    ];

    private static readonly Gen<int[]> networks = Gen.Int[0, steps.Length - 1].Array[1, 8];

    [Fact]
    public void Compute_the_same_under_ONNX_Runtime() =>
        // One thread: a process has one libtorch, and the machine few processors. FRUGAL_CASES asks for thousands.
        networks.Sample(
            network => Exported.Function(x => network.Aggregate(x, (value, step) => steps[step].Step(value)), 2, 4, 6).MaxRelative <= 1e-4,
            iter: int.TryParse(Environment.GetEnvironmentVariable("FRUGAL_CASES"), out var cases) ? cases : 100,
            threads: 1,
            print: network => string.Join(" > ", network.Select(step => steps[step].Name)));

    private static Tensor Changed(Tensor x, Action<Tensor> change)
    {
        var copy = x.clone();
        change(copy);
        return copy;
    }
}
