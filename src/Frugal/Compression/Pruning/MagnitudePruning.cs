using Frugal.Catalogue;
using Frugal.Recipes;
using Frugal.Training.Methods.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Compression.Pruning;

/// <summary>
/// Sets the smallest weights to zero, all at once: the plain baseline of every other pruning. Biases and norms stay. Train on with <c>keep-zeros</c>, or prune while the network trains with
/// <c>gradual-pruning</c>.
/// </summary>
[Entry("magnitude-pruning")]
[Capabilities(WorksOn = ["Linear", "Conv1d", "Conv2d", "Conv3d"], CombinesWith = ["keep-zeros"], PackedForm = "sparse")]
public sealed class MagnitudePruning : LayerStep
{
    /// <summary>Share of the weights that become zero.</summary>
    [Range(0, 1, BelowHigh = true)]
    [Shorthand]
    public double Sparsity { get; init => field = Guard.Fraction(value); } = 0.5;

    /// <summary>Whether every layer loses the same share, or the smallest weights go wherever they are.</summary>
    public PruningAllocation Allocation { get; init; } = PruningAllocation.Uniform;

    /// <summary>Which weights are pruned together: <c>unstructured</c>, blocks such as <c>4x1</c> or <c>4x4</c>, <c>filter</c> or <c>channel</c>.</summary>
    public BlockPattern Pattern { get; init; } = BlockPattern.Unstructured;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var weights = KernelWeights.Of(subject.Model, Selection).Select(kernel => kernel.Weight).ToList();
        double? common = Allocation == PruningAllocation.Global ? MagnitudeMask.GlobalThreshold(weights, Sparsity, Pattern) : null;
        foreach (var weight in weights)
        {
            double threshold = common is { } global ? Math.Min(global, Pattern.Scores(weight.detach()).max().ToDouble()) : MagnitudeMask.Threshold(weight, Sparsity, Pattern);
            weight.mul_(MagnitudeMask.AtLeast(weight, threshold, Pattern));
        }
        return subject;
    }
}
