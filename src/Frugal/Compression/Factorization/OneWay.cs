using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp;
using static System.FormattableString;
using Conv2d = TorchSharp.Modules.Conv2d;

namespace Frugal.Compression;

/// <summary>
/// Replaces the kernels of convolutions by sums of products of a vertical and a horizontal filter for every pair of channels (Boukraichi et al. 2023): before training with fresh filters, as the paper means it, or
/// after it with those that are nearest to the trained kernels. Pays for large kernels; layers that would not shrink stay as they are and are named.
/// </summary>
[Entry("one-way", Paper = "a-priori-compression")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["train"], ChangesShapes = true)]
public sealed class OneWay : LayerStep
{
    /// <summary>Products in a sum, R; 1 is the strict form.</summary>
    [Range(1, 1024)]
    [Shorthand]
    public long Rank { get; init => field = Guard.Between(value, 1, 1024); } = 1;

    /// <summary>What filters the new layers begin with.</summary>
    public FactorStart Init { get; init; } = FactorStart.Project;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or none would shrink; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var chosen = Selection.Of<Conv2d>(subject.Model, OneWayConv2d.Fits);
        using var stream = new KeptRandomState();
        subject.Random.SeedTorch("one-way", subject.History.Count);
        var saving = chosen.Where(layer => Saves(layer.Layer)).ToList();
        if (chosen.Count > 0 && saving.Count == 0)
            throw new FrugalException(Invariant($"one-way makes no layer of {subject.Model.GetName()} smaller: with rank {Rank}, kernels must be larger than {2 * Rank} by {2 * Rank}, and '{chosen[0].Path}' has {string.Join("x", chosen[0].Layer.kernel_size)}"));
        foreach (var layer in chosen.Except(saving))
            subject.Report(new RunEvent.Note(Invariant($"one-way: '{layer.Path}' stays as it is: {Rank} products of filters hold no fewer numbers than its {string.Join("x", layer.Layer.kernel_size)} kernels")));
        Replacement.OfAll(subject.Model, saving, layer => OneWayConv2d.Of(layer.Layer, Rank, Init == FactorStart.Fresh));
        return subject;
    }

    private bool Saves(Conv2d layer) => Rank * (layer.kernel_size[0] + layer.kernel_size[1]) < layer.kernel_size[0] * layer.kernel_size[1];
}
