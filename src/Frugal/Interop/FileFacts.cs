using System.Runtime.InteropServices;

namespace Frugal.Interop;

/// <summary>What .NET does not tell about a path: whether it is a device or a pipe, and how many names the file has.</summary>
internal static unsafe partial class FileFacts
{
    private const int WorkingFolder = -100;         // AT_FDCWD
    private const int DoNotFollowLinks = 0x100;     // AT_SYMLINK_NOFOLLOW
    private const uint TypeModeAndLinks = 0x1 | 0x2 | 0x4;
    private const int TypeMask = 0xF000, RegularFile = 0x8000, SymbolicLink = 0xA000;
    // struct statx has one layout on every Linux: stx_nlink at byte 16, stx_mode at byte 28, 256 bytes in all.
    private const int LinksAt = 16, ModeAt = 28, StatusSize = 256;

    /// <summary>False for a device, a pipe or a socket: renaming a file over one of these destroys it. A link counts as replaceable.</summary>
    public static bool IsRegularOrAbsent(string path) =>
        Status(path) is not { } status || (status.Mode & TypeMask) is RegularFile or SymbolicLink;

    /// <summary>How many names the file at <paramref name="path"/> has, or <c>null</c> where the system does not say (outside Linux).</summary>
    public static long? Links(string path) => Status(path)?.Links;

    /// <summary>Whether <paramref name="path"/> is a plain file and neither link, folder, device nor pipe.</summary>
    public static bool IsRegular(string path) =>
        Status(path) is { } status
            ? (status.Mode & TypeMask) == RegularFile
            : File.Exists(path) && new FileInfo(path).LinkTarget is null;

    private static (int Mode, long Links)? Status(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var status = stackalloc byte[StatusSize];
        try
        {
            if (statx(WorkingFolder, path, DoNotFollowLinks, TypeModeAndLinks, status) != 0)
                return null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // a C library older than the call
        }
        return (*(ushort*)(status + ModeAt), *(uint*)(status + LinksAt));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte* status);
}
