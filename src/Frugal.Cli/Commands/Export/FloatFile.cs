using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Native;
using static TorchSharp.torch;

namespace Frugal.Cli.Commands.Export;

/// <summary>A model as it is, as a file.</summary>
internal static class FloatFile
{
    /// <summary>Writes it. Returns what came of it, or null where the model was such a file already.</summary>
    /// <param name="config">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">How exact it must be.</param>
    /// <param name="lengths">Axes of the input whose length may change; those that the model names itself when there are none.</param>
    public static OnnxExport? Write(ModelConfig config, string path, OnnxExportOptions options, IReadOnlyList<DynamicLength> lengths)
    {
        LibTorch.Load();
        using var model = config.Build();
        if (model is RuntimeModel ready)
        {
            ready.WriteOnnx(path);
            return null;
        }
        using var example = model.Example(1);
        foreach (var length in lengths)
        {
            if (length.Axis >= example.dim() || example.shape[length.Axis] < DynamicLength.ShortestExample)
                throw new UsageException($"--dynamic {length.Name}={length.Axis}: the model's input is [{string.Join(", ", example.shape)}], batch first; the axis must be one of these, and {DynamicLength.ShortestExample} or longer");
        }
        return Graph.Capture(model, example, lengths.Count > 0 ? lengths : model.DynamicLengths).ExportOnnx(path, options);
    }
}
