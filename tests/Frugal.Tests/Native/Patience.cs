using System.Diagnostics;

namespace Frugal.Tests.Native;

/// <summary>How long a test waits for another process: far more than any of them takes, so that a busy machine fails no test, and yet not for ever.</summary>
internal static class Patience
{
    public static TimeSpan Longest { get; } = TimeSpan.FromMinutes(10);

    /// <summary>Looks again and again until <paramref name="isSo"/>.</summary>
    /// <exception cref="TimeoutException">It does not come to pass.</exception>
    public static void Until(Func<bool> isSo, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(start) > Longest)
                throw new TimeoutException($"waited {Longest.TotalMinutes} minutes until {what}");
            Thread.Sleep(10);
        }
    }
}
