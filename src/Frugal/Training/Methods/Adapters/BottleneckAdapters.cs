using Frugal.Catalogue;
using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Adapters;

/// <summary>
/// Freezes a trained network and trains a narrow two-layer branch behind chosen linear layers (Pfeiffer et al. 2021, arXiv 2005.00247): behind each feed-forward block as published, <c>include: [ "*.mlp.fc2" ]</c>
/// for a vision transformer. The classifier is trained as it is.
/// </summary>
[Entry("bottleneck-adapters", Paper = "deft")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["gradient-noise", "deft"], ChangesShapes = true)]
public sealed class BottleneckAdapters : BranchAdapters
{
    /// <summary>How many times narrower than the layer's outputs the branch is; it has one unit at least.</summary>
    [Range(1, 65_536)]
    [Shorthand]
    public double Reduction { get; init => field = Guard.Between(value, 1, 65_536); } = 16;

    /// <inheritdoc/>
    protected override Layer Branch(string path, long dim, Generator generator)
    {
        var branch = new BottleneckAdapter(dim, Math.Max(1, (long)(dim / Reduction)));
        branch.Draw(generator);
        return branch;
    }
}
