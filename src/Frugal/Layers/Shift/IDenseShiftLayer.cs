using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>A layer that trains shift weights: what a packed form or a file of a few bits is made from.</summary>
public interface IDenseShiftLayer
{
    /// <summary>Bits of a weight.</summary>
    int Bits { get; }

    /// <summary>The weights as they are computed with, ±2^S, in the shape of the layer that this one replaces.</summary>
    Tensor Weight();

    /// <summary>The weights' codes <c>(sign &lt;&lt; (n-1)) | S</c>, a byte each.</summary>
    Tensor Codes();

    /// <summary>The same layer with weights of n bits, which cannot be trained on.</summary>
    Layer Coded();

    /// <summary>Draws all latents anew, Gaussian with this standard deviation.</summary>
    internal void Draw(double std, Generator generator);
}
