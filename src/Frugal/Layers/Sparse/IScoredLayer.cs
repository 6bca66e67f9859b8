using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>A layer of whose weight learned scores keep a share.</summary>
public interface IScoredLayer
{
    /// <summary>Share k of the weight's entries that is kept, above 0 and up to 1.</summary>
    double KeepShare { get; set; }

    /// <summary>Which entries are kept, in the weight's shape: 1 or 0.</summary>
    Tensor Mask();

    /// <summary>The weight that the layer computes with: zero where the mask is.</summary>
    Tensor MaskedWeight();

    /// <summary>Sets the scores so that the mask is that of the largest weights (<see cref="PopupScores.Scaled"/>).</summary>
    void ScaleScores();

    /// <summary>Draws the scores, Gaussian with variance 2 / fan-in.</summary>
    void DrawScores(Generator generator);
}
