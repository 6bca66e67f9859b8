using static TorchSharp.torch;

namespace Frugal.Graphs;

/// <summary>
/// A layer that runs on Frugal's own kernels, or a network that runs under another runtime, which libtorch does not see: it tells itself what it holds and computes. A row of a network's
/// input is an example.
/// </summary>
public interface IPackedLayer : IStoredWeights
{
    /// <summary>Multiply-adds that it executes for one row, stored zeros included.</summary>
    long MacsPerRow { get; }

    /// <summary>Multiply-adds of one row whose weight is not zero.</summary>
    long NonZeroMacsPerRow { get; }

    /// <summary>Rows of a call: of the input of a linear layer; a convolution has one for each pixel of its output.</summary>
    /// <param name="input">What it was given.</param>
    /// <param name="output">What it returned.</param>
    long RowsOf(Tensor input, Tensor output);

    /// <summary>
    /// What the layer stands for, in libtorch's operators: what a graph sees in its place (<see cref="UnpackedLayer.InPlaceOf"/> hands it to the layer's forward while a model is captured).
    /// Null for a network that is finished as a whole and cannot be taken apart.
    /// </summary>
    UnpackedLayer? Unpack();
}
