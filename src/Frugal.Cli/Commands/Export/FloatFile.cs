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
    public static OnnxExport? Write(ModelConfig config, string path, OnnxExportOptions options)
    {
        LibTorch.Load();
        using var model = config.Build();
        if (model is RuntimeModel ready)
        {
            ready.WriteOnnx(path);
            return null;
        }
        using var example = zeros([1, .. model.InputShape]);
        return Graph.Capture(model, example).ExportOnnx(path, options);
    }
}
