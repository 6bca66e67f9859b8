namespace Frugal.Graphs;

/// <summary>
/// A layer that runs on Frugal's own kernels, or a network that runs under another runtime, which libtorch does not see: it tells itself what it holds and computes. A row of a network's
/// input is an example.
/// </summary>
public interface IPackedLayer : IStoredWeights
{
    /// <summary>Multiply-adds that it executes for one row of its input, stored zeros included.</summary>
    long MacsPerRow { get; }

    /// <summary>Multiply-adds of one row whose weight is not zero.</summary>
    long NonZeroMacsPerRow { get; }

    /// <summary>Columns of its input.</summary>
    int InFeatures { get; }

    /// <summary>
    /// What the layer stands for, in libtorch's operators: what a graph sees in its place (<see cref="UnpackedLayer.InPlaceOf"/> hands it to the layer's forward while a model is captured).
    /// Null for a network that is finished as a whole and cannot be taken apart.
    /// </summary>
    UnpackedLayer? Unpack();
}
