using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Testing;

/// <summary>Exports for tests; each is run under ONNX Runtime by the exporter itself, which throws when the results differ.</summary>
public static class Exported
{
    /// <summary>Exports a model for inputs of this shape, the batch first.</summary>
    public static OnnxExport Model(Module<Tensor, Tensor> model, params long[] shape)
    {
        using var example = randn(shape);
        return Model(model, example);
    }

    public static OnnxExport Model(Module<Tensor, Tensor> model, Tensor example)
    {
        using var folder = new TemporaryFolder();
        using (model)
            return Graph.Capture(model, example).ExportOnnx(Path.Combine(folder.Path, "model.onnx"));
    }

    /// <summary>Exports a function of one tensor.</summary>
    public static OnnxExport Function(Func<Tensor, Tensor> function, params long[] shape) => Model(new Runs(function), shape);

    public static OnnxExport Function(Func<Tensor, Tensor> function, Tensor example) => Model(new Runs(function), example);

    private sealed class Runs(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>("function")
    {
        public override Tensor forward(Tensor input) => function(input);
    }
}
