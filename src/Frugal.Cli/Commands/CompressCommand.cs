using System.CommandLine;
using Frugal.Cli.Commands.Compress;
using Frugal.Cli.Studies;
using Spectre.Console;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal compress</c>: makes a model smaller without asking how.</summary>
internal static class CompressCommand
{
    public static Command Create()
    {
        var asked = new ShrinkArguments();
        var command = new FrugalCommand("compress", "Make a model smaller: try what usually works, one step on another, within a time, and keep the best by a stated rule, as a model folder and as ONNX.",
            new("frugal compress my-model/ --to 25% --data cifar10 --data-dir data", "A model that you have trained, to a quarter of its bytes."),
            new("frugal compress resnet50-timm/ --to 25% --data \"{ image-folder: { size: 224 } }\" --data-dir pictures --time 2h", "A checkpoint folder of timm's, with pictures of yours."),
            new("frugal compress resnet20 --to 50% --by flops --data cifar10 --data-dir data", "A network of the catalogue: it is trained first. Half of the multiply-adds."),
            new("frugal compress \"mlp: { hidden-sizes: [64] }\" --to 30% --data digits --train 3 --time 2m", "Try it in two minutes, without a download."));
        asked.AddTo(command);
        command.SetAction(async (arguments, cancellation) =>
        {
            var console = CommandOutput.Of(arguments);
            string device = SharedOptions.DeviceOf(arguments);
            var run = asked.Run(arguments, SharedOptions.CatalogueOf(arguments), (study, folder, limit) =>
                new StudySession(console.Console) { Folder = folder, DataDir = asked.DataDir(arguments), Device = device, TimeLimit = limit }.Execute(study, cancellation));
            try
            {
                var result = await run.Execute();
                ShrinkTable.Write(console.Console, result, run.Goal);
                if (result.ModelFolder is not null)
                    console.Console.WriteLine($"Written: {Path.GetFullPath(result.ModelFolder)} and {Path.GetFullPath(result.OnnxPath!)}");
                console.Console.WriteLine($"Report: {Path.GetFullPath(Path.Combine(run.Folder, "report.html"))}");
                return result.ModelFolder is null ? ExitCode.Failure : ExitCode.Success;
            }
            catch (OperationCanceledException)
            {
                console.Errors.WriteLine($"Stopped. What was done is kept in {run.Folder}; the same command goes on from there.");
                throw;
            }
        });
        return command;
    }
}
