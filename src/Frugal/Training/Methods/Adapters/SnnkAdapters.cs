using Frugal.Catalogue;
using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Adapters;

/// <summary>
/// Freezes a trained network and trains small residual branches behind chosen linear layers, made of random features (Sehanobish et al. 2024, SNNK adapters): put them behind the output projections of attention and
/// feed-forward, <c>include: [ "*.attn.proj", "*.mlp.fc2" ]</c>. The classifier is trained as it is.
/// </summary>
[Entry("snnk-adapters", Paper = "snnk")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["gradient-noise", "deft"], ChangesShapes = true)]
public sealed class SnnkAdapters : BranchAdapters
{
    /// <summary>Random features, m; 8 to 64.</summary>
    [Range(1, 65_536)]
    [Shorthand]
    public long NumFeatures { get; init => field = Guard.Between(value, 1, 65_536); } = 16;

    /// <summary>Width of the bottleneck, l; 0 for none, with a factor for each output in its place.</summary>
    [Range(0, 1e6)]
    public long Hidden { get; init => field = Guard.Between(value, 0, 1_000_000); } = 16;

    /// <summary>What the branches begin with.</summary>
    public SnnkStart Start { get; init; } = SnnkStart.Mam;

    /// <summary>Puts a layer norm before each branch.</summary>
    public bool HasNorm { get; init; }

    /// <inheritdoc/>
    protected override Layer Branch(string path, long dim, Generator generator)
    {
        var branch = new SnnkAdapter(dim, Hidden, NumFeatures, start: Start, hasNorm: HasNorm);
        branch.Draw(generator);
        return branch;
    }
}
