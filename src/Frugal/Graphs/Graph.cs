using System.Runtime.InteropServices;
using Frugal.Graphs.Capturing;
using Frugal.Graphs.Counting;
using Frugal.Graphs.Groups;
using Frugal.Graphs.Onnx;
using Frugal.Graphs.Onnx.Quantization;
using Frugal.Interop;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Graphs;

/// <summary>
/// The computation of a model on an example input, captured while it ran: the source of ONNX export, of multiply-add and memory counts,
/// and of channel dependencies. It refers to the model's parameters and must not outlive the model.
/// </summary>
public sealed class Graph
{
    internal Graph(CapturedModel model, IReadOnlyDictionary<string, string> moduleTypes) => (Model, ModuleTypes) = (model, moduleTypes);

    /// <summary>
    /// True while a model is captured on this thread: a layer whose operators depend on the values that it is given must then show a form that does not, and computes the same.
    /// </summary>
    public static bool IsCapturing => PackedScopes.Current is not null;

    /// <summary>Captures a model that maps one tensor to one tensor.</summary>
    /// <param name="module">The model. It runs once in evaluation mode; its mode, hooks and libtorch's random state are afterwards as before.</param>
    /// <param name="example">An input, batch first. The values do not matter unless the model's control flow depends on them.</param>
    /// <param name="lengths">Axes of the input whose length may change from call to call, beside the batch.</param>
    /// <exception cref="ArgumentException">The input has no such axis, or is too short along it.</exception>
    /// <exception cref="GraphException">Another capture is running on this thread, or this libtorch cannot capture.</exception>
    public static Graph Capture(Module<Tensor, Tensor> module, Tensor example, params IReadOnlyList<DynamicLength> lengths)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Capture(module, [example], inputs => [module.call(inputs[0])], lengths);
    }

    /// <summary>Captures a model with several inputs or outputs.</summary>
    /// <param name="module">The model, whose parameters and submodules give the names.</param>
    /// <param name="examples">Inputs, batch first.</param>
    /// <param name="forward">Calls the model on such inputs and returns its outputs.</param>
    /// <param name="lengths">Axes of the inputs whose length may change from call to call, beside the batch; axes of one name have the same length.</param>
    /// <exception cref="ArgumentException">There is no example, or one has no such axis or is too short along it, or two axes of one name differ.</exception>
    /// <exception cref="GraphException">Another capture is running on this thread, or this libtorch cannot capture.</exception>
    public static Graph Capture(
        Module module, IReadOnlyList<Tensor> examples, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward, params IReadOnlyList<DynamicLength> lengths)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(forward);
        if (examples.Count == 0)
            throw new ArgumentException("A capture needs at least one example input.", nameof(examples));
        ArgumentNullException.ThrowIfNull(lengths);
        RequireLengths(examples, lengths);
        return GraphCapture.Run(new CapturedModel(module, forward), examples, [.. lengths]);
    }

    /// <summary>The examples' places, in order.</summary>
    public IReadOnlyList<GraphValue> Inputs { get; internal init; } = [];

    /// <summary>What the model returns, in order.</summary>
    public IReadOnlyList<GraphValue> Outputs { get; internal init; } = [];

    /// <summary>The operators that <c>forward</c> called, in order of execution; what they ran in turn hangs below them.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; internal init; } = [];

    /// <summary>All parameters and buffers of the model, used or not, each once.</summary>
    public IReadOnlyList<GraphValue> Parameters { get; internal init; } = [];

    /// <summary>Type name of each submodule by its path.</summary>
    public IReadOnlyDictionary<string, string> ModuleTypes { get; }

    /// <summary>The axes of the inputs whose length may change.</summary>
    public IReadOnlyList<DynamicLength> Lengths { get; internal init; } = [];

    internal CapturedModel Model { get; }

    /// <summary>The packed layers that ran; their nodes are those of what they stand for.</summary>
    internal IReadOnlyList<PackedUse> Packed { get; init; } = [];

    /// <summary>The layers of which not every child computes every row.</summary>
    internal IReadOnlyList<RoutedUse> Routed { get; init; } = [];

    /// <summary>The layers besides that hold weights where no parameter is, by path.</summary>
    internal IReadOnlyList<(string Path, IStoredWeights Layer)> Stored { get; init; } = [];

    /// <summary>How long the examples are along each dynamic axis.</summary>
    internal IReadOnlyDictionary<string, long> LengthsOfExample =>
        Lengths.GroupBy(length => length.Name).ToDictionary(group => group.Key, group => Examples[group.First().Input].Data.Shape[group.First().Axis]);

    internal IReadOnlyList<GraphExample> Examples { get; init; } = [];

    /// <summary>Examples in the captured batch, where the first input has such a dimension.</summary>
    internal long? Batch => Inputs is [{ Shape: [var batch, ..] }, ..] ? batch : null;

    /// <summary>Whether the model still has the modules and weights that it was captured with.</summary>
    internal bool IsCurrent => GraphCapture.Describe(Model.Module).SequenceEqual(Description);

    /// <summary>What <see cref="GraphCapture.Describe"/> said when the model was captured.</summary>
    internal IReadOnlyList<string> Description { get; init; } = [];

    /// <summary>
    /// Writes the model as ONNX for every batch size, and for every dynamic length up to the example's. It is captured again with other batch sizes and two of each length, translated, and
    /// run under ONNX Runtime on fresh random inputs of other sizes beside the model itself; only when both agree is there a file.
    /// </summary>
    /// <param name="path">The file, usually <c>*.onnx</c>; large weights go to <c>PATH.data</c> beside it.</param>
    /// <param name="options">How exact the result must be, and what to note in the file; the defaults when null.</param>
    /// <exception cref="GraphException">An operator has no counterpart, the computation depends on the batch in other ways than its sizes, or the results differ.</exception>
    /// <exception cref="FrugalException">The file cannot be written.</exception>
    public OnnxExport ExportOnnx(string path, OnnxExportOptions? options = null) => OnnxExporter.Export(this, path, options ?? new());

    /// <summary>
    /// Writes the model as ONNX with 8-bit integers for every batch size: convolutions, linear layers and products with constant matrices between <c>QuantizeLinear</c> and
    /// <c>DequantizeLinear</c>, so that the file is about a quarter as large and a runtime computes with integers. Before there is a file, the model in floating point is tried as by
    /// <see cref="ExportOnnx"/>, and the integers beside the same rounding in floating point.
    /// </summary>
    /// <param name="path">The file, usually <c>*.onnx</c>.</param>
    /// <param name="calibration">Examples of what the model will see, in batches; the ranges of its activations are measured on them.</param>
    /// <param name="options">What becomes integer, and how; the defaults when null.</param>
    /// <param name="export">How exact the model in floating point must be, and what to note in the file; the defaults when null.</param>
    /// <exception cref="GraphException">The model cannot be exported, there is nothing to quantise or to calibrate with, or the results differ.</exception>
    /// <exception cref="FrugalException">The file cannot be written.</exception>
    public Int8Report ExportOnnxInt8(string path, IReadOnlyList<Tensor> calibration, Int8Options? options = null, OnnxExportOptions? export = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(calibration);
        var (model, report) = Int8Quantizer.Quantize(OnnxExporter.InMemory(this, export ?? new()), calibration, options ?? new());
        AtomicFile.Write(path, model.Message().WriteTo);
        return report;
    }

    /// <summary>The same model on the same examples, as it is by now.</summary>
    internal Graph CaptureAgain()
    {
        using var scope = NewDisposeScope();
        return GraphCapture.Run(Model, [.. Examples.Select(example => example.With(CaptureSizes.OfBatch(example.Data.Shape is [var batch, ..] ? batch : 1)))], Lengths);
    }

    /// <summary>The same model on the same examples, brought to other sizes.</summary>
    /// <exception cref="GraphException">The model does not run with them.</exception>
    internal Graph CaptureWith(CaptureSizes sizes)
    {
        using var scope = NewDisposeScope();
        try
        {
            return GraphCapture.Run(Model, [.. Examples.Select(example => example.With(sizes))], Lengths);
        }
        catch (Exception error) when (Lengths.Count > 0 && error is ExternalException or FrugalException or ArgumentException or InvalidOperationException)
        {
            throw new GraphException($"The model does not run with {sizes}, so its length cannot change: {error.Message}", error);
        }
    }

    private static void RequireLengths(IReadOnlyList<Tensor> examples, IReadOnlyList<DynamicLength> lengths)
    {
        foreach (var length in lengths)
        {
            if (length.Input >= examples.Count || length.Axis >= examples[length.Input].dim())
                throw new ArgumentException($"There is no axis {length.Axis} of input {length.Input} that could be '{length.Name}'; the inputs are {string.Join(" and ", examples.Select(Shape))}.", nameof(lengths));
            var size = examples[length.Input].shape[length.Axis];
            if (size < DynamicLength.ShortestExample)
                throw new ArgumentException($"Axis {length.Axis} ('{length.Name}') of the example {Shape(examples[length.Input])} is too short to tell what depends on it; give one of {DynamicLength.ShortestExample} or more.", nameof(lengths));
            var first = lengths.First(other => other.Name == length.Name);
            if (examples[first.Input].shape[first.Axis] != size)
                throw new ArgumentException($"'{length.Name}' is {examples[first.Input].shape[first.Axis]} in input {first.Input} and {size} in input {length.Input}; axes of one name have the same length.", nameof(lengths));
        }

        static string Shape(Tensor example) => $"[{string.Join(", ", example.shape)}]";
    }

    internal string TypeOf(string path) => path.Length == 0 ? Model.Module.GetName() : ModuleTypes.GetValueOrDefault(path, "");

    internal bool HasSubmodules(string path) => ModuleTypes.Keys.Any(other => DottedPath.IsBelow(other, path));

    /// <summary>Multiply-adds, parameters and activation memory of one example, in total and by layer.</summary>
    public ModelCost Count() => new CostCounter(this, Packed, Routed).Count();

    /// <summary>The same for what packed layers stand for: what an exported file computes.</summary>
    internal ModelCost CountUnpacked() => new CostCounter(this, [], []).Count();

    /// <summary>Which channels of which parameters can only be removed, or doubled, together.</summary>
    public ChannelGroups FindChannelGroups() => new(this);
}
