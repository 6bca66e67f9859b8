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
public sealed class RuntimeModel : Model, IPackedLayer
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
    public override IReadOnlyList<long> InputShape => [.. RuntimeConfig.InputShape];

    /// <inheritdoc/>
    public override ScalarType InputType => RuntimeConfig.TakesTokens ? ScalarType.Int64 : ScalarType.Float32;

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

    private RuntimeModelConfig RuntimeConfig => (RuntimeModelConfig)Config;

    /// <summary>The network of a file that was made from a model.</summary>
    internal static RuntimeModel Of(Model original, Graph graph, OnnxModel onnx)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        byte[] bytes = onnx.ToArray();
        var model = (RuntimeModel)new RuntimeModelConfig
        {
            NumClasses = original.NumClasses,
            InputShape = [.. original.InputShape.Select(size => checked((int)size))],
            TakesTokens = original.InputType == ScalarType.Int64,
            OutputShape = [.. original.call(original.Example(1)).shape.Skip(1).Select(size => checked((int)size))],
            Bytes = bytes.Length,
        }.Build();
        bytes.CopyTo(model.file.bytes);
        var (weights, cost) = (StoredWeight.In(onnx, graph), graph.CountUnpacked());
        model.counts.copy_(tensor((long[])[weights.Sum(weight => weight.Stored), weights.Sum(weight => weight.NonZero), cost.Macs, cost.NonZeroMacs]));
        model.train(original.training);
        return model;
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The inputs are of another shape, gradients are asked for, or ONNX Runtime refuses the file.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!input.shape.Skip(1).SequenceEqual(InputShape))
            throw new FrugalException($"The file is for inputs [batch, {string.Join(", ", InputShape)}], and got [{string.Join(", ", input.shape)}].");
        if (training && is_grad_enabled())
            throw new FrugalException("A model that was made ready for ONNX Runtime cannot be trained: train it before the step that does so.");
        using var scope = NewDisposeScope();
        session ??= new OnnxSession(file.cpu().bytes.ToArray());
        var given = input.detach().to(InputType, CPU).contiguous();
        var logits = empty([given.shape[0], .. RuntimeConfig.OutputShape], float32);
        session.Run(given, logits);
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
