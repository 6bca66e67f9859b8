using Frugal.Catalogue;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A residual branch for fine-tuning a frozen network, <c>x + up(relu(down(x)))</c>, <c>[…, dim]</c> to the same shape (Houlsby et al. 2019, arXiv 1902.00751). It begins as the identity. Weight names:
/// <c>down.weight</c> <c>[hidden, dim]</c>, <c>down.bias</c>, <c>up.weight</c> <c>[dim, hidden]</c>, <c>up.bias</c>.
/// </summary>
[Entry("bottleneck-adapter", Paper = "deft")]
[Capabilities(CombinesWith = ["bottleneck-adapters"])]
public sealed class BottleneckAdapter : Layer
{
    private Module<Tensor, Tensor> down, up;

    /// <param name="dim">Width.</param>
    /// <param name="hidden">Width of the bottleneck.</param>
    public BottleneckAdapter([Range(1, 1e6)] long dim, [Range(1, 1e6)] long hidden = 48) : base(nameof(BottleneckAdapter))
    {
        Dim = Guard.Between(dim, 1, 1_000_000, nameof(dim));
        Hidden = Guard.Between(hidden, 1, 1_000_000, nameof(hidden));
        down = Linear(dim, hidden);
        up = DenseLayer.Linear(zeros(dim, hidden), zeros(dim));
        RegisterComponents();
    }

    /// <summary>Width.</summary>
    public long Dim { get; }

    /// <summary>Width of the bottleneck.</summary>
    public long Hidden { get; }

    /// <summary>Begins anew with numbers from a generator.</summary>
    internal void Draw(Generator generator)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        double bound = 1 / Math.Sqrt(Dim);
        var first = (Linear)down;
        first.weight!.copy_(empty(first.weight.shape).uniform_(-bound, bound, generator));
        first.bias!.copy_(empty(first.bias.shape).uniform_(-bound, bound, generator));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        return (input + up.call(down.call(input).relu())).MoveToOuterDisposeScope();
    }
}
