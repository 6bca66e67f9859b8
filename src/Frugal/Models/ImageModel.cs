using static TorchSharp.torch;

namespace Frugal.Models;

/// <summary>An image network: <c>[batch, channels, height, width]</c> to logits <c>[batch, classes]</c>.</summary>
public abstract class ImageModel : Model
{
    /// <param name="config">What the network is built from, complete.</param>
    /// <param name="name">The architecture's short name.</param>
    protected ImageModel(ImageModelConfig config, string name) : base(config, name)
    {
    }

    /// <summary>What the network was built from, complete.</summary>
    public ImageModelConfig ImageConfig => (ImageModelConfig)Config;

    /// <summary>Shape of one input: <c>[channels, height, width]</c>.</summary>
    public override IReadOnlyList<long> InputShape => [ImageConfig.InChannels!.Value, ImageConfig.ImageSize!.Value.Height, ImageConfig.ImageSize!.Value.Width];

    /// <summary>Refuses a batch of another shape than the network was built for, with both shapes in the message.</summary>
    /// <exception cref="FrugalException">Channels, height or width differ.</exception>
    protected void RequireInputShape(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var shape = input.shape;
        var expected = InputShape;
        if (shape.Length != 4 || shape[1] != expected[0] || shape[2] != expected[1] || shape[3] != expected[2])
            throw new FrugalException(
                $"{GetName()} was built for images [batch, {string.Join(", ", expected)}] and got [{string.Join(", ", shape)}]; " +
                "set in-channels and image-size, or resize the images");
    }
}
