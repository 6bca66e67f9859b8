using System.CommandLine;
using Frugal.Cli.Commands.Inspect;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Models;
using Frugal.Native;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal export</c>: writes a model as ONNX and says how close it is.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = NamedModel.Description };
        var onnx = new Option<string>("--onnx") { HelpName = "PATH", Required = true, Description = "The file to write. Weights above 2 GB go to PATH.data beside it." };
        var size = new Option<string?>("--image-size") { HelpName = "SIZE", Description = "Size of the image: 32, or 32x48 for height by width. The model's own when not given." };
        var tolerance = new Option<double>("--tolerance") { HelpName = "X", DefaultValueFactory = _ => 1e-4, Description = "Largest difference to the model that is accepted, as a part of the largest output." };
        var command = new FrugalCommand("export", "Write a model as ONNX for every batch size. The file is run under ONNX Runtime beside the model first; if they differ, there is no file.",
            new("frugal export my-model/ --onnx model.onnx", "A model that you have saved."),
            new("frugal export resnet18 --onnx resnet18.onnx", "A published network with fresh weights."))
        {
            model, onnx, size, tolerance,
        };
        command.SetAction(arguments =>
        {
            if (arguments.GetValue(tolerance) is not > 0)
                throw new UsageException("--tolerance must be above 0");
            var config = NamedModel.ConfigOf(SharedOptions.CatalogueOf(arguments), arguments.GetValue(model)!, arguments.GetValue(size));
            var export = Write(config, arguments.GetValue(onnx)!, new OnnxExportOptions { Tolerance = arguments.GetValue(tolerance) });
            var console = CommandOutput.Of(arguments).Console.Profile.Out.Writer;
            console.WriteLine($"{export.Path}: {Quantity.OfBytes(export.Bytes)}, {export.Nodes} operators of version {export.Opset}{(export.DataPath is { } data ? $", weights in {data}" : "")}");
            console.WriteLine(Invariant(
                $"ONNX Runtime and the model differ by at most {export.MaxAbsolute:0.#e+0}, {export.MaxRelative:0.#e+0} of the largest output (batches of {string.Join(" and ", export.BatchSizes)})."));
            return ExitCode.Success;
        });
        return command;
    }

    private static OnnxExport Write(ModelConfig config, string path, OnnxExportOptions options)
    {
        LibTorch.Load();
        using var model = config.Build();
        using var example = zeros(1, config.InChannels!.Value, config.ImageSize!.Value.Height, config.ImageSize.Value.Width);
        return Graph.Capture(model, example).ExportOnnx(path, options);
    }
}
