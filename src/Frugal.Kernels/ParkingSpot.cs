using System.Diagnostics;

namespace Frugal.Kernels;

/// <summary>
/// Where one thread waits for a number that another thread sets: first spinning, because waking a sleeping thread costs some 50 µs,
/// as long as a small layer takes; then asleep, because a spinning thread keeps others from the core.
/// </summary>
/// <remarks>
/// The setter writes the number and then looks for a sleeper; the waiter announces its sleep and then looks at the number once more.
/// Both use full fences, so that one of the two sees the other.
/// </remarks>
internal sealed class ParkingSpot
{
    private const int SpinMicroseconds = 50;
    private static readonly long SpinTicks = Stopwatch.Frequency * SpinMicroseconds / 1_000_000;

    private readonly object _bed = new();
    private int _asleep;

    /// <summary>Returns once <paramref name="location"/> holds <paramref name="value"/>.</summary>
    public void WaitUntil(ref int location, int value)
    {
        var deadline = Stopwatch.GetTimestamp() + SpinTicks;
        while (Volatile.Read(ref location) != value)
        {
            Thread.SpinWait(2);
            if (Stopwatch.GetTimestamp() < deadline)
                continue;
            Interlocked.Exchange(ref _asleep, 1);
            if (Volatile.Read(ref location) == value)
            {
                Interlocked.Exchange(ref _asleep, 0);
                return;
            }
            lock (_bed)
                while (Volatile.Read(ref _asleep) == 1)
                    Monitor.Wait(_bed);
        }
    }

    /// <summary>Wakes the waiting thread if it sleeps; call it after the number was set with a full fence.</summary>
    public void Wake()
    {
        if (Volatile.Read(ref _asleep) == 0 || Interlocked.Exchange(ref _asleep, 0) == 0)
            return;
        lock (_bed)
            Monitor.Pulse(_bed);
    }
}
