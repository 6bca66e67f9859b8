using System.CommandLine;
using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Data;

namespace Frugal.Cli.Commands.Export;

/// <summary>The options of <c>frugal export</c> for 8-bit integers.</summary>
internal sealed class Int8Arguments
{
    private readonly Option<bool> int8 = new("--int8") { Description = "Write 8-bit integers: the file is about a quarter as large. Takes --calibrate." };
    private readonly Option<string?> calibrate = new("--calibrate") { HelpName = "DATA", Description = "Data on whose training examples the ranges of activations are measured, e.g. digits; `frugal data` lists them." };
    private readonly Option<int> examples = new("--examples") { HelpName = "N", DefaultValueFactory = _ => 256, Description = "Number of those examples." };
    private readonly Option<string?> dataDir = new("--data-dir") { HelpName = "DIR", Description = "Folder with downloaded data; FRUGAL_DATA when absent." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { int8, calibrate, examples, dataDir })
            command.Options.Add(option);
    }

    /// <summary>Whether integers are asked for.</summary>
    /// <exception cref="UsageException">Options contradict each other.</exception>
    public bool IsAskedFor(ParseResult arguments)
    {
        bool isAsked = arguments.GetValue(int8);
        if (isAsked && arguments.GetValue(calibrate) is null)
            throw new UsageException("--int8 measures the ranges of activations on examples; name their data with --calibrate, e.g. --calibrate digits");
        if (!isAsked && arguments.GetValue(calibrate) is not null)
            throw new UsageException("--calibrate is for --int8; add it, or leave both out");
        return isAsked;
    }

    /// <summary>Number of examples.</summary>
    /// <exception cref="UsageException">It is not a number of examples.</exception>
    public int CalibrationCount(ParseResult arguments) =>
        arguments.GetValue(examples) is > 0 and var count ? count : throw new UsageException("--examples must be at least 1");

    /// <summary>The examples' data.</summary>
    public DataSplits CalibrationData(ParseResult arguments, CatalogueIndex catalogue) =>
        new Binder(catalogue).Bind<DataSource>(YamlReader.Parse(arguments.GetValue(calibrate)!, "--calibrate")).Load(arguments.GetValue(dataDir));
}
