using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using Frugal.Training.Methods.Kan;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Growth;

/// <summary>
/// Moves the knots of splines in Kolmogorov-Arnold layers to where the values of their inputs are, on training examples, with coefficients that keep the functions near what they were there. Before families are chosen;
/// train on afterwards.
/// </summary>
[Entry("refine-kan", Paper = "s-kan")]
[Capabilities(WorksOn = ["KanLinear"], CombinesWith = ["kan", "kan-layers", "train"], NeedsData = true)]
public sealed class RefineKan : Step
{
    /// <summary>Share of equal distances between the new knots, the rest following quantiles of the values; 1 spreads them evenly over the range.</summary>
    [Range(0, 1)]
    [Shorthand]
    public double UniformShare { get; init => field = Guard.Between(value, 0, 1); } = 0.02;

    /// <summary>Training examples that are looked at.</summary>
    [Range(2, 100_000)]
    public int NumExamples { get; init => field = Guard.Between(value, 2, 100_000); } = 256;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer has splines at all its inputs; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var layers = LayerSelection.All.Of<KanLinear>(subject.Model, layer => layer.Families is null && layer.Pool.Contains(KanFamily.Bspline)).Select(layer => layer.Layer).ToList();
        if (layers.Count == 0)
            throw new FrugalException($"refine-kan finds no layer with B-splines at all its inputs in {subject.Model.GetName()}: let it come before families are chosen, with B-splines in the pool");
        using var scope = NewDisposeScope();
        foreach (var (layer, rows) in layers.Zip(KanActivations.Of(subject, layers, NumExamples)))
            layer.RefineGrid(rows, UniformShare);
        return subject;
    }
}
