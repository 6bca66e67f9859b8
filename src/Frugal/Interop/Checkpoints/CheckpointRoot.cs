namespace Frugal.Interop;

/// <summary>The folder that holds the checkpoints of one run: finding the newest, removing the old and the unfinished.</summary>
internal static class CheckpointRoot
{
    /// <inheritdoc cref="CheckpointFolder.LatestComplete"/>
    public static CheckpointSearch Search(string root)
    {
        List<string> ignored = [];
        CheckpointFolder? latest = null;
        // A temporary name counts only where nothing else is left: its owner may still be about to rename it.
        foreach (var (path, _) in NewestFirst(root, ignored).OrderBy(found => TemporaryName.Is(found.Path)))
        {
            if (latest is not null && TemporaryName.Is(path))
                ignored.Add(Unfinished(path));
            else if (latest is null)
                latest = TryOpen(path, ignored);
        }
        return new(latest, ignored);
    }

    /// <summary>The checkpoints whose manifest can be read.</summary>
    public static IEnumerable<(string Path, long Sequence)> Listed(string root) => NewestFirst(root, []);

    /// <summary>Removes all but the newest; one whose files do not have their sizes does not count as kept, and is left for a person to look at.</summary>
    public static void KeepNewest(string root, int count)
    {
        foreach (var (path, _) in Listed(root).Where(found => CheckpointManifest.Read(found.Path).FindFault(found.Path, readContents: false) is null).Skip(count))
            Discard(path);
    }

    /// <summary>
    /// Removes what earlier processes did not finish. Only for the holder of the lock: nobody else is writing then. A whole checkpoint that lost its name,
    /// because its process died while it was replaced or renamed, gets it back.
    /// </summary>
    public static void RemoveLeftovers(string root)
    {
        foreach (var (path, _) in Listed(root).Where(found => TemporaryName.Is(found.Path)))
            if (!Directory.Exists(TemporaryName.Target(path)) && TryOpen(path, []) is not null)
                Directory.Move(path, TemporaryName.Target(path));
        foreach (var path in Folders(root).Where(TemporaryName.Is))
            Directory.Delete(path, recursive: true);
    }

    private static CheckpointFolder? TryOpen(string path, List<string> ignored)
    {
        try
        {
            return CheckpointFolder.Open(path);
        }
        catch (FrugalException error)
        {
            ignored.Add(error.Message);
            return null;
        }
    }

    private static string Unfinished(string path) => $"{path} was never finished; the next save removes it.";

    /// <summary>A folder half deleted must not look like a checkpoint, so it loses its name first.</summary>
    private static void Discard(string path)
    {
        var aside = TemporaryName.Beside(path);
        Directory.Move(path, aside);
        Directory.Delete(aside, recursive: true);
    }

    private static (string Path, long Sequence)[] NewestFirst(string root, List<string> ignored)
    {
        var found = new List<(string Path, long Sequence)>();
        foreach (var path in Folders(root))
        {
            try
            {
                found.Add((path, CheckpointManifest.Read(path).Sequence));
            }
            catch (FrugalException error)
            {
                ignored.Add(TemporaryName.Is(path) ? Unfinished(path) : error.Message);
            }
        }
        return [.. found.OrderByDescending(checkpoint => checkpoint.Sequence)];
    }

    private static string[] Folders(string root)
    {
        try
        {
            return Directory.Exists(root)
                ? [.. Directory.GetDirectories(root).Where(path => CheckpointFolder.IsName(path) || TemporaryName.Is(path)).Order(StringComparer.Ordinal)]
                : [];
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Reading(root, error);
        }
    }
}
