using Frugal.Catalogue;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// The split of a network between a weak device and a server (Matsubara et al. 2021, arXiv 2108.11898): an encoder for the device, an entropy bottleneck whose whole numbers travel as bytes, and a decoder that gives the
/// server what the first layers of a larger network would have. <c>[batch, channels, height, width]</c> to feature maps. Convolutions without bias, GDN1 between them. Weight names as in the authors' code:
/// <c>encoder.0</c> …, <c>entropy_bottleneck</c>, <c>decoder.0</c> …
/// </summary>
[Entry("entropic-bottleneck", Paper = "entropic-student")]
public sealed class EntropicBottleneck : Layer, ICodedLayer
{
    private readonly Module<Tensor, Tensor> encoder, decoder;
    private readonly EntropyBottleneck entropy_bottleneck;
    private Tensor? received;

    /// <param name="inChannels">Channels of the image.</param>
    /// <param name="encoder">Convolutions of the encoder; the last one's channels are those of the latent.</param>
    /// <param name="decoder">Convolutions of the decoder; the last one's channels are those of the features.</param>
    public EntropicBottleneck([Range(1, 65_536)] long inChannels, IReadOnlyList<CodecStage> encoder, IReadOnlyList<CodecStage> decoder) : base(nameof(EntropicBottleneck))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(decoder);
        if (encoder.Count == 0 || decoder.Count == 0)
            throw new ArgumentException("an encoder and a decoder have a convolution each at least", encoder.Count == 0 ? nameof(encoder) : nameof(decoder));
        (InChannels, Encoder, Decoder) = (Guard.Between(inChannels, 1, 65_536, nameof(inChannels)), encoder, decoder);
        this.encoder = Stack(inChannels, encoder, isInverse: false);
        entropy_bottleneck = new EntropyBottleneck(encoder[^1].Channels);
        this.decoder = Stack(encoder[^1].Channels, decoder, isInverse: true);
        RegisterComponents();
    }

    /// <summary>Channels of the image.</summary>
    public long InChannels { get; }

    /// <summary>Convolutions of the encoder.</summary>
    public IReadOnlyList<CodecStage> Encoder { get; }

    /// <summary>Convolutions of the decoder.</summary>
    public IReadOnlyList<CodecStage> Decoder { get; }

    /// <summary>What is between the two.</summary>
    public EntropyBottleneck Bottleneck => entropy_bottleneck;

    /// <summary>The encoder of the paper for a latent of some channels: it divides height and width by 4 and takes 1 off.</summary>
    public static IReadOnlyList<CodecStage> PaperEncoder(int channels) => [new(4 * channels, 5, 2, 2), new(2 * channels, 5, 2, 2), new(channels, 2, 1, 0)];

    /// <summary>The decoder of the paper for features of some channels, of a quarter of the image's height and width.</summary>
    public static IReadOnlyList<CodecStage> PaperDecoder(int features) => [new(2 * features, 2, 1, 1), new(features, 2, 1, 0), new(features, 2, 1, 1)];

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Decode(received ?? entropy_bottleneck.call(Encode(input))).MoveToOuterDisposeScope();
    }

    /// <summary>The latent of images before it is rounded.</summary>
    public Tensor Encode(Tensor images) => encoder.call(images);

    /// <summary>The features that a latent stands for.</summary>
    public Tensor Decode(Tensor latent) => decoder.call(latent);

    /// <summary>What the device does with an image <c>[1, channels, height, width]</c>.</summary>
    /// <exception cref="FrugalException">There are no tables to code with yet.</exception>
    public byte[] Compress(Tensor image)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        return entropy_bottleneck.Compress(Encode(image));
    }

    /// <summary>What the server does with the bytes: the outputs of the network that this layer is part of.</summary>
    /// <param name="network">The network.</param>
    /// <param name="bytes">From <see cref="Compress"/>; they need not be trusted.</param>
    /// <param name="imageShape">Shape of the image, <c>[1, channels, height, width]</c>.</param>
    /// <exception cref="FrugalException">There are no tables yet, or the bytes are broken.</exception>
    public Tensor Answer(Module<Tensor, Tensor> network, ReadOnlySpan<byte> bytes, long[] imageShape)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(imageShape);
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        received = entropy_bottleneck.Decompress(bytes, Sides(imageShape[2]), Sides(imageShape[3]));
        try
        {
            return network.call(empty(imageShape, device: received.device)).MoveToOuterDisposeScope();
        }
        finally
        {
            received = null;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<double> BytesOf(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        for (long i = 0; i < images.shape[0]; i++)
        {
            using var image = images.narrow(0, i, 1);
            yield return Compress(image).Length;
        }
    }

    private long Sides(long side) => Encoder.Aggregate(side, (length, stage) => (length + 2 * stage.Padding - stage.Kernel) / stage.Stride + 1);

    private static Module<Tensor, Tensor> Stack(long channels, IReadOnlyList<CodecStage> stages, bool isInverse)
    {
        var layers = new List<Module<Tensor, Tensor>>();
        foreach (var stage in stages)
        {
            if (layers.Count > 0)
                layers.Add(new Gdn1(channels, isInverse));
            layers.Add(Conv2d(channels, stage.Channels, stage.Kernel, stride: stage.Stride, padding: stage.Padding, bias: false));
            channels = stage.Channels;
        }
        return Sequential(layers);
    }
}
