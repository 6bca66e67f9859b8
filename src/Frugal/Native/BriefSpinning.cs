using System.Runtime.InteropServices;

namespace Frugal.Native;

/// <summary>
/// Lets the worker threads of libtorch wait actively for a tenth of a millisecond after their work, as those of Frugal's kernels do, and sleep then. By default they spin for some five milliseconds, in which
/// another operator's threads, or another process, find their cores taken: on two cores a packed network took a third more time, and a dense one a fifth.
/// </summary>
internal static class BriefSpinning
{
    private const string Turns = "GOMP_SPINCOUNT", Policy = "OMP_WAIT_POLICY";

    // Turns of a loop with a pause of some forty cycles.
    private const string BriefTurns = "3000";

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetVariable([MarshalAs(UnmanagedType.LPStr)] string name, [MarshalAs(UnmanagedType.LPStr)] string value, int overwrite);

    /// <summary>Tells GNU OpenMP, which reads its environment when it is loaded; what the user has set there stays. False on a system with another C library.</summary>
    public static bool TurnOn()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out var library) || !NativeLibrary.TryGetExport(library, "setenv", out var address))
            return false;
        // .NET's own variables are a copy that native code does not see.
        return Environment.GetEnvironmentVariable(Policy) is null && Marshal.GetDelegateForFunctionPointer<SetVariable>(address)(Turns, BriefTurns, 0) == 0;
    }
}
