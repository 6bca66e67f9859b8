using System.Runtime.InteropServices;

namespace Frugal.Native;

/// <summary>
/// Tells the GNU C library to keep the memory that libtorch frees. By default it hands large blocks back to the operating system as soon as they are free, so every update of a
/// convolutional network asks for the same megabytes again and waits while the system clears them page by page; that cost up to a fifth of the time of an update.
/// </summary>
internal static class KeptMemory
{
    // The names' numbers in malloc.h.
    private const int TrimThreshold = -1, MmapThreshold = -3, ArenaMax = -8;

    // The largest block size that the library lets one set; larger blocks are still given back at once.
    private const int LargestBlock = 32 << 20;

    private const int KeptBytes = 1 << 30;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetOption(int option, int value);

    /// <summary>Turns it on; false on a system with another C library.</summary>
    public static bool TurnOn()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out var library) || !NativeLibrary.TryGetExport(library, "mallopt", out var address))
            return false;
        var set = Marshal.GetDelegateForFunctionPointer<SetOption>(address);
        // One arena: the others live in regions of 64 MB that are given back whole, whatever the threshold says.
        return set(ArenaMax, 1) + set(MmapThreshold, LargestBlock) + set(TrimThreshold, KeptBytes) == 3;
    }
}
