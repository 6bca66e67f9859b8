using System.Runtime.InteropServices;

namespace Frugal.Kernels;

/// <summary>Pages of memory on Windows.</summary>
internal static partial class WindowsPages
{
    private const uint ReserveAndCommit = 0x3000;
    private const uint Release = 0x8000;
    private const uint ReadWrite = 0x04;
    private const uint ExecuteRead = 0x20;

    /// <summary>Pages that can be read and written; 0 where there are none.</summary>
    public static nint Allocate(nuint size) => VirtualAlloc(0, size, ReserveAndCommit, ReadWrite);

    public static bool MakeExecutable(nint address, nuint size) =>
        VirtualProtect(address, size, ExecuteRead, out _) && FlushInstructionCache(GetCurrentProcess(), address, size);

    public static bool Free(nint address) => VirtualFree(address, 0, Release);

    [LibraryImport("kernel32")]
    private static partial nint VirtualAlloc(nint address, nuint size, uint allocationType, uint protection);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(nint address, nuint size, uint protection, out uint before);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(nint address, nuint size, uint freeType);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentProcess();

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushInstructionCache(nint process, nint address, nuint size);
}
