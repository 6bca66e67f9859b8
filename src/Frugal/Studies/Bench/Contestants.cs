using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Quantization;
using Frugal.Graphs.Onnx.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Studies.Bench;

/// <summary>The forms of one network or layer, made from it as libtorch runs it.</summary>
internal sealed class Contestants : IDisposable
{
    private const int CalibrationBatch = 8;

    private readonly List<Contestant> all = [];
    private readonly List<string> absent = [];

    /// <param name="dense">What libtorch runs; the others are compared with it.</param>
    /// <param name="packed">The same with packed layers, or null where nothing is packed.</param>
    /// <param name="input">What it takes.</param>
    public Contestants(Module<Tensor, Tensor> dense, Module<Tensor, Tensor>? packed, BenchInput input)
    {
        using var scope = NewDisposeScope();
        var graph = Graph.Capture(dense, input.Zeros(1));
        long bytes = Contestant.BytesOf(dense), macs = graph.Count().Macs;
        all.Add(new Contestant("libtorch", dense, bytes, macs, AsBytes: false));
        try
        {
            var onnx = OnnxExporter.InMemory(graph, new());
            all.Add(new Contestant("onnx fp32", Runtime(onnx, graph), bytes, macs, AsBytes: false));
            using var calibration = input.Numbers(CalibrationBatch);
            // What is measured is time: however much random inputs lose by rounding, they take as long.
            var (quantized, _) = Int8Quantizer.Quantize(onnx, [calibration], new() { Tolerance = 1 });
            all.Add(new Contestant("onnx int8", Runtime(quantized, graph), quantized.ConstantBytes, macs, AsBytes: true));
        }
        catch (GraphException error)
        {
            absent.Add($"{(all.Count == 1 ? "onnx fp32 and int8 are" : "onnx int8 is")} absent: {error.Message}");
        }
        if (packed is not null)
            all.Add(Contestant.OfPacked(packed, Graph.Capture(packed, input.Zeros(1)).Count().Macs));
    }

    /// <summary>The forms that there are, libtorch's first.</summary>
    public IReadOnlyList<Contestant> All => all;

    /// <summary>Those that cannot be made, and why.</summary>
    public IReadOnlyList<string> Absent => absent;

    /// <summary>Frees what was made here; dense and packed modules are the caller's.</summary>
    public void Dispose()
    {
        foreach (var contestant in all.Where(contestant => contestant.Module is OnnxModule))
            contestant.Module.Dispose();
    }

    private static OnnxModule Runtime(OnnxModel model, Graph graph)
    {
        var module = new OnnxModule(model.ToArray(), graph.Outputs[0].Shape);
        module.eval();
        return module;
    }
}
