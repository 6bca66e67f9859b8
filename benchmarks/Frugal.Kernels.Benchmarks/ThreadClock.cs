using System.Runtime.InteropServices;

namespace Frugal.Kernels.Benchmarks;

/// <summary>Processor time of the calling thread: on a machine with other work the steadier clock.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Microseconds, or null where the system has no such clock.</summary>
    public static double? Microseconds()
    {
        if (!OperatingSystem.IsLinux() || GetTime(ThreadCpuTime, out var time) != 0)
            return null;
        return time.Seconds * 1e6 + time.Nanoseconds * 1e-3;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
