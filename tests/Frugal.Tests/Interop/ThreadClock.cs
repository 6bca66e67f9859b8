using System.Diagnostics;
using System.Globalization;

namespace Frugal.Tests.Interop;

/// <summary>Time that the current thread has computed, which other work on the machine does not lengthen; the wall clock where the system does not tell.</summary>
internal static class ThreadClock
{
    private const string Source = "/proc/thread-self/schedstat";

    public static TimeSpan Now => File.Exists(Source)
        ? TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText(Source).Split(' ')[0], CultureInfo.InvariantCulture) / 1000)
        : Stopwatch.GetElapsedTime(0);
}
