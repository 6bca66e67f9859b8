using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Frugal.Cli.Commands.Bench;
using Frugal.Studies.Bench;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal bench</c>: how fast a model is, whole and layer by layer, in every form that it can take.</summary>
internal static class BenchCommand
{
    private static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = NamedModel.Description };
        var batch = new Option<string>("--batch") { HelpName = "N,N", DefaultValueFactory = _ => "1,32", Description = "Images in a call; several sizes between commas." };
        var threads = new Option<int?>("--threads") { HelpName = "N", Description = "Threads of every form. What libtorch uses when not given." };
        var rounds = new Option<int>("--rounds") { HelpName = "N", DefaultValueFactory = _ => 15, Description = "Slices of each form, in turns with the others." };
        var size = new Option<string?>("--image-size") { HelpName = "SIZE", Description = "Size of the image: 32, or 32x48 for height by width. The model's own when not given." };
        var whole = new Option<bool>("--whole") { Description = "Measure the whole network only, not each layer." };
        var asJson = new Option<bool>("--json") { Description = "Print an object instead of tables." };
        var command = new FrugalCommand("bench", "Time a model and each of its layers under libtorch, ONNX Runtime in floating point, ONNX Runtime with 8-bit integers, and packed; side by side, as ratios and as a share of what this machine can do.",
            new("frugal bench my-model/", "A model that you have saved, for one image and for 32."),
            new("frugal bench my-model/ --batch 1,8,64 --threads 1", "Other batch sizes, on one core."),
            new("frugal bench resnet50 --whole", "A published network as a whole; its weights are random, which does not matter to the time."))
        {
            model, batch, threads, rounds, size, whole, asJson,
        };
        command.SetAction((arguments, cancellation) =>
        {
            var output = CommandOutput.Of(arguments);
            var config = NamedModel.ConfigOf(SharedOptions.CatalogueOf(arguments), arguments.GetValue(model)!, arguments.GetValue(size));
            var options = OptionsOf(arguments.GetValue(batch)!, arguments.GetValue(rounds), arguments.GetValue(threads)) with { Layers = !arguments.GetValue(whole) };
            var result = new ModelBench(config, options).Run(new BenchProgress(output.Errors), cancellation);
            if (arguments.GetValue(asJson))
                output.Text.WriteLine(JsonSerializer.Serialize(result, json));
            else
                BenchTable.Print(result, output.Console);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static BenchOptions OptionsOf(string batch, int rounds, int? threads) => new()
    {
        BatchSizes = [.. batch.Split(',').Select(size => int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= 65_536
            ? count
            : throw new UsageException($"--batch must be whole numbers from 1 to 65536 between commas, such as 1,32; got '{batch}'"))],
        Rounds = rounds is >= 3 and <= 10_000 ? rounds : throw new UsageException($"--rounds must be between 3 and 10000, got {rounds}"),
        Threads = threads is null or (>= 1 and <= 1024) ? threads : throw new UsageException($"--threads must be between 1 and 1024, got {threads}"),
    };
}
