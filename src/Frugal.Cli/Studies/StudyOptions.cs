using System.CommandLine;
using Frugal.Catalogue.Documents;
using Frugal.Studies;
using Frugal.Studies.Results;
using Spectre.Console;

namespace Frugal.Cli.Studies;

/// <summary>The options of every command that runs a study.</summary>
internal sealed class StudyOptions
{
    private readonly Option<string?> dataDir = new("--data-dir") { HelpName = "DIR", Description = "Folder with downloaded data; FRUGAL_DATA when absent." };
    private readonly Option<string?> output = new("--out") { HelpName = "DIR", Description = "Folder for the report, the results and the models; results/NAME when absent." };
    private readonly Option<string[]> set = new("--set") { HelpName = "PATH=VALUE", Description = "Change a value of the study, e.g. --set train.epochs=2. May be given more than once." };
    private readonly Option<long[]> seeds = new("--seeds") { HelpName = "SEED", Description = "Seeds instead of the study's, e.g. --seeds 0 1 2.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> quick = new("--quick") { Description = "Only see it work: one seed and 20 updates a training step. The numbers mean nothing, so claims are left out." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { dataDir, output, set, seeds, quick })
            command.Options.Add(option);
    }

    /// <summary>Folder with data, or null.</summary>
    public string? DataDir(ParseResult arguments) => arguments.GetValue(dataDir);

    /// <summary>Runs the study that a document describes.</summary>
    public async Task<StudyResult> Run(ParseResult arguments, DocumentNode document, string name, IEnumerable<string> changes, CancellationToken cancellation)
    {
        var console = CommandOutput.Of(arguments);
        if (arguments.GetValue(quick) && document is DocumentMapping whole)
            (document, name) = (QuickLook.At(whole), name + "-quick");
        var study = StudyFile.Read(document, name, SharedOptions.CatalogueOf(arguments), [.. changes, .. arguments.GetValue(set) ?? []]);
        if (arguments.GetValue(seeds) is { Length: > 0 } chosen)
            study = study with { Seeds = [.. chosen.Distinct()] };
        string folder = arguments.GetValue(output) ?? Path.Combine("results", study.Name);
        try
        {
            return await new StudySession(console.Console) { Folder = folder, DataDir = DataDir(arguments), Device = SharedOptions.DeviceOf(arguments) }.Run(study, cancellation);
        }
        catch (OperationCanceledException)
        {
            console.Errors.WriteLine($"Stopped. What was done is kept in {folder}; the same command goes on from there.");
            throw;
        }
    }
}
