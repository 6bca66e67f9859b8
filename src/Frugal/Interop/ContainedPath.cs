namespace Frugal.Interop;

/// <summary>
/// Resolves a name found inside a file to a path that is certain to lie in the file's folder. Names are data: a hostile one must not reach
/// another file by <c>..</c>, by being absolute, by a drive letter, through a link, or through a second name of a file elsewhere.
/// </summary>
public static class ContainedPath
{
    private static readonly char[] separators = ['/', '\\'];

    /// <summary>The path of an existing regular file called <paramref name="name"/> in <paramref name="folder"/>.</summary>
    /// <param name="folder">The folder that the result may not leave.</param>
    /// <param name="name">A plain name, or a relative path of plain names with '/' between.</param>
    /// <param name="limits">Whether links are allowed.</param>
    /// <exception cref="FrugalException">The name leads out of the folder, through a link, or to something other than a regular file.</exception>
    public static string ToFile(string folder, string name, ReadLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var path = Resolve(folder, name);
        if (!File.Exists(path))
            throw new FrugalException($"{folder} has no file {Refusal.Quote(name)}; a part of it is missing: download or copy it again.");
        if (!limits.AllowLinks)
            RefuseLinks(folder, name, path);
        return path;
    }

    /// <summary>The path that <paramref name="name"/> means in <paramref name="folder"/>, whether or not there is such a file.</summary>
    /// <exception cref="FrugalException">The name is not a relative path of plain names.</exception>
    public static string Resolve(string folder, string name)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(name);
        // '\' and ':' are refused everywhere, so that what is safe on one system is safe on all.
        if (name.Length == 0 || name.AsSpan().IndexOfAny('\\', ':', '\0') >= 0 || name.Any(char.IsControl)
            || name.Split('/').Any(part => part is "" or "." or ".." || part.EndsWith(' ') || part.EndsWith('.')))
            throw new FrugalException($"{Refusal.Quote(name)} is not accepted as a file name in {folder}: only plain names and relative paths without '..' are.");
        return Path.Combine(Path.GetFullPath(folder), name.Replace('/', Path.DirectorySeparatorChar));
    }

    private static void RefuseLinks(string folder, string name, string path)
    {
        var step = Path.GetFullPath(folder);
        foreach (var part in name.Split(separators))
        {
            step = Path.Combine(step, part);
            if (new FileInfo(step).LinkTarget is not null)
                throw Refused(folder, name, "it leads through a symbolic link");
        }
        if (!FileFacts.IsRegular(path))
            throw Refused(folder, name, "it is not a regular file");
        if (FileFacts.Links(path) > 1)
            throw Refused(folder, name, "the file has a second name elsewhere (a hard link)");
    }

    private static FrugalException Refused(string folder, string name, string reason) => new(
        $"{Refusal.Quote(name)} in {folder} is refused: {reason}. Copy the file itself there, or read with {nameof(ReadLimits)}.{nameof(ReadLimits.Trusted)} if you trust the folder.");
}
