using System.CommandLine;
using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Data;
using Frugal.Models;
using Frugal.Studies.Shrinking;

namespace Frugal.Cli.Commands.Compress;

/// <summary>What <c>frugal compress</c> is asked for.</summary>
internal sealed class ShrinkArguments
{
    private readonly Argument<string> model = new("MODEL") { Description = NamedModel.Description + " A folder may be one of timm's." };
    private readonly Option<string> share = new("--to") { HelpName = "SHARE", DefaultValueFactory = _ => "25%", Description = "What may be left of the original: 25% or 0.25." };
    private readonly Option<ShrinkMeasure> measure = new("--by") { HelpName = "MEASURE", DefaultValueFactory = _ => ShrinkMeasure.Bytes, Description = "What is counted: bytes, parameters, flops, or latency as measured here." };
    private readonly Option<string> data = new("--data") { HelpName = "NAME", Required = true, Description = "Data to repair and measure with, e.g. cifar10; `frugal data` lists them. It needs validation examples." };
    private readonly Option<string?> dataDir = new("--data-dir") { HelpName = "DIR", Description = "Folder with downloaded data; FRUGAL_DATA when absent." };
    private readonly Option<string?> output = new("--out") { HelpName = "DIR", Description = "Folder for the smaller model, the report and all runs; results/compress-MODEL when absent. The same command goes on where it was." };
    private readonly Option<string> time = new("--time") { HelpName = "TIME", DefaultValueFactory = _ => "15m", Description = "Time for the tries: 90s, 15m, 2h." };
    private readonly Option<double> epochs = new("--epochs") { HelpName = "N", DefaultValueFactory = _ => 2, Description = "Passes over the training data that every stack may train." };
    private readonly Option<double?> train = new("--train") { HelpName = "N", Description = "Epochs to train the model before; 10 for one without weights or with other classes, 0 for a saved one." };
    private readonly Option<int> batchSize = new("--batch-size") { HelpName = "N", DefaultValueFactory = _ => 64, Description = "Examples in an update." };
    private readonly Option<long> seed = new("--seed") { HelpName = "SEED", Description = "Seed of every random choice." };

    public void AddTo(Command command)
    {
        command.Arguments.Add(model);
        foreach (var option in new Option[] { share, measure, data, dataDir, output, time, epochs, train, batchSize, seed })
            command.Options.Add(option);
    }

    /// <summary>Folder for everything that is written.</summary>
    public string Folder(ParseResult arguments) => arguments.GetValue(output) ?? Path.Combine("results", $"compress-{WordOf(arguments.GetValue(model)!)}");

    /// <summary>Folder with data, or null.</summary>
    public string? DataDir(ParseResult arguments) => arguments.GetValue(dataDir);

    /// <summary>The run that is asked for.</summary>
    /// <param name="arguments">The words.</param>
    /// <param name="catalogue">What may be named.</param>
    /// <param name="runStudy">How its studies are run and shown.</param>
    /// <exception cref="FrugalException">A word is not right.</exception>
    public ShrinkRun Run(ParseResult arguments, CatalogueIndex catalogue, Func<Frugal.Studies.Study, string, TimeSpan?, Task<Frugal.Studies.Results.StudyResult>> runStudy)
    {
        string named = arguments.GetValue(model)!;
        if (arguments.GetValue(epochs) is not > 0)
            throw new UsageException("--epochs must be above 0: what a step takes is repaired by training");
        if (arguments.GetValue(train) is < 0)
            throw new UsageException("--train must not be below 0");
        if (arguments.GetValue(batchSize) is not > 0)
            throw new UsageException("--batch-size must be at least 1");
        return new ShrinkRun
        {
            Model = Directory.Exists(named) ? new SavedModelConfig { Path = Path.GetFullPath(named) } : new Binder(catalogue).Bind<ModelConfig>(YamlReader.Parse(named, "MODEL")),
            Data = new Binder(catalogue).Bind<DataSource>(YamlReader.Parse(arguments.GetValue(data)!, "--data")),
            DataDir = DataDir(arguments),
            Goal = new(ShareOf(arguments.GetValue(share)!), arguments.GetValue(measure)),
            Folder = Folder(arguments),
            Training = new() { Epochs = arguments.GetValue(epochs), BatchSize = arguments.GetValue(batchSize) },
            OriginalEpochs = arguments.GetValue(train),
            Time = TimeText.Parse("--time", arguments.GetValue(time)!),
            Seed = arguments.GetValue(seed),
            RunStudy = runStudy,
        };
    }

    private static double ShareOf(string text)
    {
        try
        {
            return ShrinkGoal.ParseShare(text);
        }
        catch (FormatException wrong)
        {
            throw new UsageException($"--to: {wrong.Message}");
        }
    }

    private static string WordOf(string model)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(model));
        string word = new([.. name.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')]);
        return word.Length > 0 ? word : "model";
    }
}
