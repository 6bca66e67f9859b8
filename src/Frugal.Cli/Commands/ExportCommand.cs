using System.CommandLine;
using Frugal.Cli.Commands.Export;
using Frugal.Cli.Commands.Inspect;
using Frugal.Graphs.Onnx;
using static System.FormattableString;

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
        var dynamic = new DynamicAxes();
        var int8 = new Int8Arguments();
        var command = new FrugalCommand("export", "Write a model as ONNX for every batch size, and for every length of the axes named. The file is run under ONNX Runtime beside the model first; if they differ, there is no file.",
            new("frugal export my-model/ --onnx model.onnx", "A model that you have saved."),
            new("frugal export my-model/ --onnx model.onnx --int8 --calibrate cifar10 --data-dir data", "The same with 8-bit integers, a quarter as large."),
            new("frugal export resnet18 --onnx resnet18.onnx", "A published network with fresh weights."))
        {
            model, onnx, size, tolerance,
        };
        dynamic.AddTo(command);
        int8.AddTo(command);
        command.SetAction(arguments =>
        {
            if (arguments.GetValue(tolerance) is not > 0)
                throw new UsageException("--tolerance must be above 0");
            var catalogue = SharedOptions.CatalogueOf(arguments);
            var config = NamedModel.ConfigOf(catalogue, arguments.GetValue(model)!, arguments.GetValue(size));
            var console = CommandOutput.Of(arguments).Console.Profile.Out.Writer;
            string path = arguments.GetValue(onnx)!;
            var lengths = dynamic.Of(arguments);
            if (int8.IsAskedFor(arguments))
            {
                if (lengths.Count > 0)
                    throw new UsageException("--dynamic and --int8 do not go together: ranges of activations are measured at one length");
                Int8File.Write(config, path, int8.CalibrationData(arguments, catalogue), int8.CalibrationCount(arguments), new ConsoleNotes(console));
                console.WriteLine($"{path}: {Quantity.OfBytes(new FileInfo(path).Length)}");
                return ExitCode.Success;
            }
            if (FloatFile.Write(config, path, new OnnxExportOptions { Tolerance = arguments.GetValue(tolerance) }, lengths) is not { } export)
            {
                console.WriteLine($"{path}: {Quantity.OfBytes(new FileInfo(path).Length)}, as the model was made ready for ONNX Runtime");
                return ExitCode.Success;
            }
            console.WriteLine($"{export.Path}: {Quantity.OfBytes(export.Bytes)}, {export.Nodes} operators of version {export.Opset}{(export.DataPath is { } data ? $", weights in {data}" : "")}");
            console.WriteLine(Invariant(
                $"ONNX Runtime and the model differ by at most {export.MaxAbsolute:0.#e+0}, {export.MaxRelative:0.#e+0} of the largest output (batches of {string.Join(" and ", export.BatchSizes)}{Lengths(export)})."));
            return ExitCode.Success;
        });
        return command;
    }

    private static string Lengths(OnnxExport export) => string.Concat(export.Lengths.Select(length => $", {length.Key} {string.Join(" and ", length.Value)}"));
}
