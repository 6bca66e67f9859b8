using System.Text;
using Frugal.Interop;

namespace Frugal.Data.Download;

/// <summary>
/// Receives what an archive holds. Everything is checked before it is written: names that lead out of the folder, that differ only in case, or that no file system takes;
/// sizes; the number of entries.
/// </summary>
/// <param name="archive">Path of the archive, for messages.</param>
/// <param name="folder">The folder to fill.</param>
/// <param name="limits">How much may come.</param>
internal sealed class UnpackedFiles(string archive, string folder, ArchiveLimits limits)
{
    private const int LongestName = 255;
    private readonly long maxBytes = limits.BytesFor(new FileInfo(archive).Length);
    private readonly Dictionary<string, (string Name, bool IsFile)> seen = new(StringComparer.OrdinalIgnoreCase);
    private int entries;
    private long bytes;

    /// <summary>Makes a folder.</summary>
    /// <exception cref="FrugalException">It is refused.</exception>
    public void AddFolder(string name)
    {
        Count();
        string plain = Plain(name);
        if (plain.Length > 0)
            Directory.CreateDirectory(Claim(plain, isFile: false));
    }

    /// <summary>Writes a file.</summary>
    /// <param name="name">Its name in the archive.</param>
    /// <param name="length">Its length, as the archive says.</param>
    /// <param name="content">Its content.</param>
    /// <exception cref="FrugalException">It is refused, or does not have the length that the archive says.</exception>
    public void AddFile(string name, long length, Stream content)
    {
        Count();
        if (length < 0 || length > maxBytes - bytes)
            throw Refused($"it unpacks to more than {maxBytes:N0} bytes (with {Refusal.Quote(name)})");
        bytes += length;
        string path = Claim(Plain(name), isFile: true);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        var block = new byte[1 << 16];
        long left = length;
        for (int count; (count = content.Read(block)) > 0; left -= count)
        {
            if (count > left)
                throw Refused($"{Refusal.Quote(name)} is longer than the {length:N0} bytes it announces");
            file.Write(block, 0, count);
        }
        if (left > 0)
            throw Refused($"{Refusal.Quote(name)} ends {left:N0} bytes early; the archive was cut short");
    }

    /// <summary>The error for an entry that is neither a file nor a folder.</summary>
    public FrugalException RefuseKind(string name, string kind) => Refused($"{Refusal.Quote(name)} is {kind}; only files and folders are unpacked");

    /// <summary>The error for an archive.</summary>
    public FrugalException Refused(string reason, Exception? cause = null) => new($"The archive {archive} is refused: {reason}. Nothing of it was kept.", cause);

    private void Count()
    {
        if (++entries > limits.MaxEntries)
            throw Refused($"it has more than {limits.MaxEntries:N0} entries");
    }

    private string Claim(string name, bool isFile)
    {
        string path = ContainedPath.Resolve(folder, name);
        string[] parts = name.Split('/');
        if (parts.FirstOrDefault(part => Encoding.UTF8.GetByteCount(part) > LongestName) is { } tooLong)
            throw Refused($"the name {Refusal.Quote(tooLong)} is longer than the {LongestName} bytes that file systems allow");
        // Every folder on the way is claimed too: on a file system that ignores case, or follows a link, "A/x" and "a" must not meet.
        for (int depth = 1; depth <= parts.Length; depth++)
        {
            string claimed = string.Join('/', parts[..depth]);
            bool isLeafFile = isFile && depth == parts.Length;
            if (seen.TryGetValue(claimed, out var other) && (other.Name != claimed || other.IsFile || isLeafFile))
                throw Refused($"{Refusal.Quote(claimed)} and {Refusal.Quote(other.Name)} are the same name on some systems, or a file and a folder of one name");
            seen[claimed] = (claimed, isLeafFile);
        }
        return path;
    }

    private static string Plain(string name)
    {
        while (name.StartsWith("./", StringComparison.Ordinal))
            name = name[2..];
        name = name.EndsWith('/') ? name[..^1] : name;
        return name == "." ? "" : name;
    }
}
