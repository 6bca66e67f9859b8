using System.Runtime.Versioning;
using System.Security.Cryptography;
using Frugal.Interop;

namespace Frugal.Native;

/// <summary>
/// Loads a library through the copy that <see cref="ElfVersionPatch"/> makes. Copies are kept in the user's cache, named by the original's SHA-256, and
/// compared byte for byte with what they must be before they are loaded.
/// </summary>
/// <param name="cache">The cache folder; where it is null or cannot be written, the copy lives in a temporary folder until it is loaded.</param>
[SupportedOSPlatform("linux")]
internal sealed class RepointedCopy(string? cache)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Hands the path of a copy of <paramref name="original"/> to <paramref name="load"/> and returns it.</summary>
    /// <exception cref="NativeLoadException">The original cannot be re-pointed, no folder can be written, or the copy does not load.</exception>
    public string Load(string original, Action<string> load)
    {
        var bytes = File.ReadAllBytes(original);
        var repointed = ElfVersionPatch.Apply(bytes);
        var name = Path.GetFileName(original);
        var kept = cache is null ? null : Keep(Path.Combine(cache, "native", Convert.ToHexStringLower(SHA256.HashData(bytes))), name, repointed);
        if (kept is null)
            return LoadTemporary(name, repointed, load);
        load(kept);
        return kept;
    }

    /// <summary>
    /// The copy in the folder, which is written first where there is none or one of another content; null where that is not possible.
    /// Two processes that do so at once write the same bytes, each into a file of its own before it is renamed.
    /// </summary>
    private static string? Keep(string folder, string name, byte[] content)
    {
        var path = Path.Combine(folder, name);
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            if (!Holds(path, content))
                AtomicFile.Write(path, stream => stream.Write(content));
            return path;
        }
        catch (Exception e) when (e is FrugalException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool Holds(string path, byte[] content) =>
        new FileInfo(path) is { Exists: true } file && file.Length == content.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(content);

    /// <summary>The folder has a fresh name and belongs to its owner alone, so that nobody else can have put a library there; a loaded file needs no name any more.</summary>
    private static string LoadTemporary(string name, byte[] content, Action<string> load)
    {
        var folder = TemporaryFolder();
        try
        {
            var path = Path.Combine(folder, name);
            AtomicFile.Write(path, stream => stream.Write(content));
            load(path);
            return path;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string TemporaryFolder()
    {
        try
        {
            return Directory.CreateTempSubdirectory("frugal-").FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NativeLoadException(
                $"TorchSharp's library needs a re-pointed copy on this system, and neither the cache folder nor {Path.GetTempPath()} can be written: "
                + $"{e.Message} Set FRUGAL_CACHE to a folder that can.", e);
        }
    }
}
