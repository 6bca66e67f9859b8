namespace Frugal.Layers.Packed;

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
}
