using Frugal.Native;

namespace Frugal.Data;

/// <summary>Finds the files of datasets.</summary>
public static class DataFolder
{
    /// <summary>Environment variable that names the data folder.</summary>
    public const string Variable = "FRUGAL_DATA";

    /// <summary>The data folder: <paramref name="dataDir"/>, else <c>FRUGAL_DATA</c>, else <c>data</c> in the user's cache. It need not exist.</summary>
    /// <exception cref="FrugalException">None of the three is there.</exception>
    public static string Root(string? dataDir)
    {
        if (!string.IsNullOrEmpty(dataDir))
            return Path.GetFullPath(dataDir);
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen)
            return Path.GetFullPath(chosen);
        return UserCache.Folder is { } cache
            ? Path.Combine(cache, "data")
            : throw new FrugalException($"There is no folder for data: the user has no home folder. Pass --data-dir or set {Variable}.");
    }

    /// <summary>The folder that holds the files of a dataset, or null when they are in none of its places.</summary>
    public static string? Find(DataSource source, string? dataDir)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Candidates(source, Root(dataDir)).FirstOrDefault(folder => Directory.Exists(folder) && source.IsIn(folder));
    }

    /// <summary>The folder that holds the files of a dataset.</summary>
    /// <param name="source">The dataset.</param>
    /// <param name="name">Its short name.</param>
    /// <param name="layout">What its folder looks like, e.g. <c>train/CLASS/*.jpg</c>.</param>
    /// <param name="dataDir">Where to look.</param>
    /// <exception cref="FrugalException">It is in none of its places; the message names them and says how to get the data.</exception>
    internal static string Require(DataSource source, string name, string layout, string? dataDir)
    {
        if (Find(source, dataDir) is { } found)
            return found;
        string root = Root(dataDir);
        string problem = Directory.Exists(root)
            ? $"{name} was not found in {root}: neither {string.Join(", ", source.Folders)} in it nor the folder itself holds {layout}."
            : $"{name} was not found: the data folder {root} does not exist.";
        string download = source.Download is { } plan
            ? $"Download it with 'frugal data get {name} --data-dir {root}' ({plan.Files[0].Address}), or point"
            : "Point";
        throw new FrugalException($"{problem} {download} --data-dir or {Variable} to a folder that has it ({layout}).");
    }

    private static IEnumerable<string> Candidates(DataSource source, string root) => source.Folders.Select(name => Path.Combine(root, name)).Append(root);
}
