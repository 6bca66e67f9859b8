using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Frugal.Native;

/// <summary>Keeps the copies that <see cref="ElfVersionPatch"/> makes, one file for each original, named by the original's SHA-256.</summary>
/// <param name="cache">The cache folder; null, or one that cannot be written, means a private temporary folder for this process.</param>
[SupportedOSPlatform("linux")]
internal sealed class RepointedCopy(string? cache)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Returns the path of a copy whose content was checked just now, writing it first where there is none or another content.</summary>
    /// <exception cref="NativeLoadException">The original cannot be re-pointed, or no folder can be written.</exception>
    public string Of(string original)
    {
        var bytes = File.ReadAllBytes(original);
        var repointed = ElfVersionPatch.Apply(bytes);
        var name = Path.Combine("native", Convert.ToHexStringLower(SHA256.HashData(bytes)), Path.GetFileName(original));
        return Kept(name, repointed) ?? Temporary(name, repointed);
    }

    private string? Kept(string name, byte[] content)
    {
        if (cache is null)
            return null;
        var path = Path.Combine(cache, name);
        try
        {
            if (!Holds(path, content))
                Write(path, content);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Temporary(string name, byte[] content)
    {
        try
        {
            // Made with a fresh name and for its owner alone, so that nobody else can have put a library there.
            var path = Path.Combine(Directory.CreateTempSubdirectory("frugal-").FullName, name);
            Write(path, content);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NativeLoadException(
                $"Neither the cache folder nor {Path.GetTempPath()} can be written, and TorchSharp's library needs a re-pointed copy on this system: "
                + $"{e.Message} Set FRUGAL_CACHE to a folder that can be written.", e);
        }
    }

    private static bool Holds(string path, byte[] content) =>
        new FileInfo(path) is { Exists: true } file && file.Length == content.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(content);

    /// <summary>Writes beside the target and renames, so that another process sees the whole file or none; who comes last wins with the same bytes.</summary>
    private static void Write(string path, byte[] content)
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        var unfinished = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():n}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (var stream = new FileStream(unfinished, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
