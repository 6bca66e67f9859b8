using System.CommandLine;
using System.Reflection;
using Frugal.Catalogue;

namespace Frugal.Cli;

/// <summary>Options that every command takes.</summary>
internal static class SharedOptions
{
    private const string Assembly = "--assembly", Device = "--device", Verbose = "--verbose";

    /// <summary>New options, for a new root command.</summary>
    public static IEnumerable<Option> Create() =>
    [
        // Only here and never in a recipe: a file from a stranger must not choose code to run.
        new Option<string[]>(Assembly) { HelpName = "FILE", Recursive = true, Description = "Add the models, steps and methods of your own library to the catalogue. May be given more than once." },
        new Option<string>(Device) { HelpName = "DEVICE", Recursive = true, Description = "Where to compute: cpu, cuda, cuda:1, mps.", DefaultValueFactory = _ => "cpu" },
        new Option<bool>(Verbose) { Recursive = true, Description = "Tell more, and show where an error came from." },
    ];

    /// <summary>Whether to tell more.</summary>
    public static bool IsVerbose(ParseResult arguments) => arguments.GetResult(Verbose) is not null && arguments.GetValue<bool>(Verbose);

    /// <summary>Where to compute, as libtorch writes it, e.g. <c>cuda:0</c>.</summary>
    /// <exception cref="UsageException">There is no such kind of device.</exception>
    public static string DeviceOf(ParseResult arguments)
    {
        string device = arguments.GetValue<string>(Device) ?? "cpu";
        string[] known = ["cpu", "cuda", "mps"];
        string[] parts = device.Split(':');
        return known.Contains(parts[0]) && (parts.Length == 1 || (parts.Length == 2 && int.TryParse(parts[1], out int index) && index >= 0))
            ? device
            : throw new UsageException($"there is no device '{device}'{NearestName.Hint(parts[0], known)}; write cpu, cuda, cuda:1 or mps");
    }

    /// <summary>The catalogue with what <c>--assembly</c> adds.</summary>
    /// <exception cref="FrugalException">A library cannot be loaded, or a name in it is taken.</exception>
    public static CatalogueIndex CatalogueOf(ParseResult arguments) =>
        (arguments.GetValue<string[]>(Assembly) ?? []).Aggregate(CatalogueIndex.Default, (catalogue, path) => catalogue.With(Load(path)));

    private static Assembly Load(string path)
    {
        try
        {
            return System.Reflection.Assembly.LoadFrom(Path.GetFullPath(path));
        }
        catch (FileNotFoundException e)
        {
            throw new UsageException($"--assembly {path}: there is no such file ({e.FileName ?? path})");
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException)
        {
            throw new FrugalException($"--assembly {path}: this is not a .NET library that can be loaded here: {e.Message}", e);
        }
    }
}
