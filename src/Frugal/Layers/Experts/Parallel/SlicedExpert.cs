using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>
/// An expert cut over several devices (Rajbhandari et al. 2022, section 5.3): the first layer by its outputs, the last one by its inputs, so that the parts' outputs add up to the expert's and nothing is exchanged
/// between the layers. The last layer's bias is the first part's.
/// </summary>
public sealed class SlicedExpert : IDisposable
{
    private readonly Module<Tensor, Tensor>[] parts;

    /// <param name="expert">The expert; weights are copied.</param>
    /// <param name="slices">Number of parts, at most the hidden units.</param>
    /// <exception cref="FrugalException">The expert is no feed-forward block, or has fewer hidden units than parts are asked for.</exception>
    public SlicedExpert(Module<Tensor, Tensor> expert, int slices)
    {
        ArgumentNullException.ThrowIfNull(expert);
        Guard.AtLeast(slices, 1, nameof(slices));
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var block = FeedForwardBlock.Of(expert) ?? throw new FrugalException($"A {expert.GetName()} cannot be sliced: an expert is two layers with an activation between, or gated");
        if (slices > block.HiddenDim)
            throw new FrugalException($"An expert of {block.HiddenDim} hidden units cannot be cut into {slices} parts");
        parts = [.. arange(block.HiddenDim, int64).tensor_split(slices).Select(block.Slice)];
        foreach (var part in parts)
            part.eval();
        foreach (var (_, bias) in parts.Skip(1).SelectMany(part => part.named_parameters()).Where(own => own.name is "fc2.bias" or "down_proj.bias"))
            bias.zero_();
    }

    /// <summary>The parts, each <c>[rows, dim]</c> to a summand of the expert's output.</summary>
    public IReadOnlyList<Module<Tensor, Tensor>> Parts => parts;

    /// <summary>The sum of what the parts compute, which the devices' all-reduce makes: <c>[rows, dim]</c> to the same shape.</summary>
    /// <param name="rows">What the expert computes.</param>
    public Tensor Run(Tensor rows)
    {
        using var scope = NewDisposeScope();
        return parts.Select(part => part.call(rows)).Aggregate((sum, part) => sum + part).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in parts)
            part.Dispose();
    }
}
