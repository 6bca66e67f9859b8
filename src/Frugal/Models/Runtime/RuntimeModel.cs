using Frugal.Graphs;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Runtime;
using Frugal.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Models.Runtime;

/// <summary>
/// A network that ONNX Runtime computes, as a <see cref="Model"/>: evaluated, timed, saved and read like any other, but finished. It holds the file as a buffer, and
/// is therefore as large as it.
/// </summary>
public sealed class RuntimeModel : ImageModel, IPackedLayer
{
    private readonly Tensor file, counts;
    private OnnxSession? session;

    /// <param name="config">What it is built from; the file is filled in afterwards, by a step or from a folder.</param>
    public RuntimeModel(RuntimeModelConfig config) : base(config, "onnx")
    {
        ArgumentNullException.ThrowIfNull(config);
        file = zeros(config.Bytes, uint8);
        // Weights stored, those of them that are not zero, and the multiply-adds of an example likewise.
        counts = zeros(4, int64);
        RegisterComponents();
        foreach (var buffer in buffers())
            buffer.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override string ClassifierPath => "";

    /// <inheritdoc/>
    public override long NumFeatures => 0;

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups => [[""]];

    /// <inheritdoc/>
    public long StoredWeights => counts[0].item<long>();

    /// <inheritdoc/>
    public long NonZeroWeights => counts[1].item<long>();

    /// <inheritdoc/>
    public long MacsPerRow => counts[2].item<long>();

    /// <inheritdoc/>
    public long NonZeroMacsPerRow => counts[3].item<long>();

    /// <inheritdoc/>
    public long RowsOf(Tensor input, Tensor output) => input.numel() / InputShape.Aggregate(1L, (product, size) => product * size);

    /// <inheritdoc/>
    public UnpackedLayer? Unpack() => null;

    /// <summary>The network of a file that was made from a model.</summary>
    internal static RuntimeModel Of(Model original, Graph graph, OnnxModel onnx)
    {
        if (original.Config is not ImageModelConfig config)
            throw new FrugalException($"{original.GetName()} takes no images; a model that ONNX Runtime is to compute from here on must. Write the file with export-onnx instead.");
        using var scope = NewDisposeScope();
        byte[] bytes = onnx.ToArray();
        var model = (RuntimeModel)new RuntimeModelConfig
        {
            NumClasses = original.NumClasses,
            InChannels = config.InChannels,
            ImageSize = config.ImageSize,
            Bytes = bytes.Length,
        }.Build();
        bytes.CopyTo(model.file.bytes);
        var (weights, cost) = (StoredWeight.In(onnx, graph), graph.CountUnpacked());
        model.counts.copy_(tensor((long[])[weights.Sum(weight => weight.Stored), weights.Sum(weight => weight.NonZero), cost.Macs, cost.NonZeroMacs]));
        model.train(original.training);
        return model;
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The images are of another size, gradients are asked for, or ONNX Runtime refuses the file.</exception>
    public override Tensor forward(Tensor input)
    {
        RequireInputShape(input);
        if (training && is_grad_enabled())
            throw new FrugalException("A model that was made ready for ONNX Runtime cannot be trained: train it before the step that does so.");
        using var scope = NewDisposeScope();
        session ??= new OnnxSession(file.cpu().bytes.ToArray());
        var images = input.detach().to(float32, CPU).contiguous();
        var logits = empty([images.shape[0], NumClasses], float32);
        session.Run(images, logits);
        return logits.to(input.device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">Always: a finished network runs as a whole.</exception>
    public override Tensor ForwardFeatures(Tensor input) => throw AsAWhole();

    /// <inheritdoc/>
    /// <exception cref="FrugalException">Always: a finished network runs as a whole.</exception>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false) => throw AsAWhole();

    /// <summary>Writes the network's file.</summary>
    /// <exception cref="FrugalException">The file cannot be written.</exception>
    public void WriteOnnx(string path)
    {
        using var copy = file.cpu();
        AtomicFile.Write(path, stream => TensorBytes.Visit(copy, bytes => stream.Write(bytes)));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            session?.Dispose();
        base.Dispose(disposing);
    }

    private static FrugalException AsAWhole() => new("A model that was made ready for ONNX Runtime runs as a whole; take features from the model before the step that does so.");
}
