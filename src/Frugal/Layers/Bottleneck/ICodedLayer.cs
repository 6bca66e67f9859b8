using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>A layer at which a network can be cut in two, because what passes can be written into bytes.</summary>
public interface ICodedLayer
{
    /// <summary>Bytes that each image takes.</summary>
    /// <param name="images">Inputs of the layer, <c>[batch, channels, height, width]</c>.</param>
    IEnumerable<double> BytesOf(Tensor images);
}
