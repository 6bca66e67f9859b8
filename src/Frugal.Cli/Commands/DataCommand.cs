using System.CommandLine;
using Frugal.Catalogue;
using Frugal.Cli.Commands.Data;
using Frugal.Data;
using Frugal.Data.Download;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal data</c>: which datasets there are and where they lie; <c>frugal data get</c> downloads one.</summary>
internal static class DataCommand
{
    public static Command Create()
    {
        var dataDir = DataDirOption();
        var command = new FrugalCommand("data", "List the datasets, where their files lie, and how to get those that are missing.",
            new("frugal data --data-dir ~/data", "What of it is there."),
            new("frugal data get cifar10 --data-dir ~/data", "Download one, check it, and unpack it."))
        {
            dataDir,
            CreateGet(),
        };
        command.SetAction(arguments =>
        {
            DataList.Print(SharedOptions.CatalogueOf(arguments), arguments.GetValue(dataDir), CommandOutput.Of(arguments).Console);
            return ExitCode.Success;
        });
        return command;
    }

    private static FrugalCommand CreateGet()
    {
        var name = new Argument<string>("NAME") { Description = "The dataset." };
        var dataDir = DataDirOption();
        var command = new FrugalCommand("get", "Download a dataset from its official address, check its SHA-256, and put it where it is looked for. A broken download goes on where it ended.",
            new("frugal data get cifar10", "Into FRUGAL_DATA, or the cache folder of this user."),
            new("frugal data get fashion-mnist --data-dir ~/data", "Into ~/data/fashion-mnist."))
        {
            name, dataDir,
        };
        command.SetAction(async (arguments, cancellation) =>
        {
            var output = CommandOutput.Of(arguments);
            using var download = new FileDownload();
            await Get(SharedOptions.CatalogueOf(arguments), arguments.GetValue(name)!, arguments.GetValue(dataDir), download, output, cancellation).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Downloads a dataset that is not there yet.</summary>
    internal static async Task Get(
        CatalogueIndex catalogue, string name, string? dataDir, FileDownload download, CommandOutput output, CancellationToken cancellation)
    {
        var source = DatasetList.Of(catalogue).FirstOrDefault(dataset => dataset.Name == name)?.Source
            ?? throw new UsageException($"there is no dataset `{name}`{NearestName.Hint(name, catalogue.NamesOf(typeof(DataSource)))}");
        if (DataFolder.Find(source, dataDir) is { } there && source.Folders.Count > 0)
        {
            output.Text.WriteLine($"{name} is there already, in {there}.");
            return;
        }
        if (source.Download is not { } plan)
        {
            throw new UsageException(source.Folders.Count == 0
                ? $"{name} is generated and needs no download"
                : $"{name} has no official download; put your own files into {Path.Combine(DataFolder.Root(dataDir), source.Folders[0])}");
        }
        string folder = await DownloadDisplay.Run(
            output.Errors, plan, progress => DatasetDownload.Get(plan, DataFolder.Root(dataDir), download, progress, cancellation)).ConfigureAwait(false);
        output.Text.WriteLine($"{name} is now in {folder}.");
    }

    private static Option<string?> DataDirOption() => new("--data-dir")
    {
        HelpName = "DIR",
        Description = "The folder with the datasets. Default: FRUGAL_DATA, or the cache folder of this user.",
    };
}
