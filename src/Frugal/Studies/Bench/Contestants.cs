using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Quantization;
using Frugal.Graphs.Onnx.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Studies.Bench;

/// <summary>The forms of one network or layer, made from it as libtorch runs it.</summary>
internal sealed class Contestants : List<Contestant>, IDisposable
{
    private const int CalibrationBatch = 8;

    /// <param name="dense">What libtorch runs; the others are compared with it.</param>
    /// <param name="packed">The same with packed layers, or null where nothing is packed.</param>
    /// <param name="inputShape">Shape of an input, batch first.</param>
    /// <param name="absent">Gets the name of each form that cannot be made, and why.</param>
    public Contestants(Module<Tensor, Tensor> dense, Module<Tensor, Tensor>? packed, IReadOnlyList<long> inputShape, Action<string, string> absent)
    {
        using var scope = NewDisposeScope();
        long[] example = [1, .. inputShape.Skip(1)];
        var graph = Graph.Capture(dense, zeros(example));
        long bytes = Contestant.BytesOf(dense), macs = graph.Count().Macs;
        Add(new Contestant("libtorch", dense, bytes, macs, AsBytes: false));
        try
        {
            // Where several are measured beside each other for their time, a difference is not what makes one absent.
            var onnx = OnnxExporter.InMemory(graph, new());
            Add(new Contestant("onnx fp32", Runtime(onnx, graph), bytes, macs, AsBytes: false));
            using var calibration = randn([CalibrationBatch, .. inputShape.Skip(1)]);
            var (quantized, _) = Int8Quantizer.Quantize(onnx, [calibration], new() { Tolerance = 1 });
            Add(new Contestant("onnx int8", Runtime(quantized, graph), quantized.ConstantBytes, macs, AsBytes: true));
        }
        catch (GraphException error)
        {
            absent(Count == 1 ? "onnx" : "onnx int8", error.Message);
        }
        if (packed is not null)
            Add(new Contestant("packed", packed, Contestant.BytesOf(packed), Graph.Capture(packed, zeros(example)).Count().Macs, AsBytes: false));
    }

    /// <summary>Frees what was made here; dense and packed modules are the caller's.</summary>
    public void Dispose()
    {
        foreach (var contestant in this.Where(contestant => contestant.Module is OnnxModule))
            contestant.Module.Dispose();
    }

    private static OnnxModule Runtime(OnnxModel model, Graph graph)
    {
        var module = new OnnxModule(model.ToArray(), graph.Outputs[0].Shape);
        module.eval();
        return module;
    }
}
