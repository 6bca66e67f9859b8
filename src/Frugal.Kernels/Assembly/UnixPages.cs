using System.Runtime.InteropServices;

namespace Frugal.Kernels;

/// <summary>Pages of memory on Linux and macOS.</summary>
internal static partial class UnixPages
{
    private const int Read = 1;
    private const int Write = 2;
    private const int Execute = 4;
    private const int Private = 0x2;

    private static int Anonymous => OperatingSystem.IsMacOS() ? 0x1000 : 0x20;

    /// <summary>Pages that can be read and written; -1 where there are none.</summary>
    public static nint Allocate(nuint size) => Map(0, size, Read | Write, Private | Anonymous, file: -1, offset: 0);

    public static bool MakeExecutable(nint address, nuint size) => Protect(address, size, Read | Execute) == 0;

    public static bool Free(nint address, nuint size) => Unmap(address, size) == 0;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
