using System.Diagnostics;

namespace Frugal.Kernels;

/// <summary>
/// What this machine can do at best with the threads of a pool, measured: no product of matrices can take less time than its multiply-adds or its bytes do at these rates
/// (the roofline of Williams, Waterman and Patterson, 2009).
/// </summary>
public sealed class MachineCeiling
{
    private const int Attempts = 7;
    private const double AttemptMilliseconds = 3;
    private const long SmallestRead = 1 << 16, LargestRead = 1 << 28;

    private readonly KernelPool pool;
    private readonly Dictionary<long, double> reads = [];

    /// <summary>Measures the rates of arithmetic; rates of reading are measured when they are asked for. Takes some tens of milliseconds.</summary>
    /// <param name="pool">The threads and the instruction set. It must outlive this object.</param>
    public MachineCeiling(KernelPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        this.pool = pool;
        FloatMacsPerSecond = BestRate(FloatPeak.Run);
        ByteMacsPerSecond = BestRate(BytePeak.Run);
    }

    /// <summary>Multiply-adds of single-precision numbers in a second, without a load or a store between them.</summary>
    public double FloatMacsPerSecond { get; }

    /// <summary>Multiply-adds of a byte by a byte into 32 bits in a second, by the best instruction that the pool's level has.</summary>
    public double ByteMacsPerSecond { get; }

    /// <summary>Bytes in a second that can be read again and again from memory of a given size: from a cache where one holds them.</summary>
    /// <param name="bytes">The size. It is measured at the next power of two, from 64 kB to 256 MB.</param>
    public double ReadBytesPerSecond(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long size = SmallestRead;
        while (size < bytes && size < LargestRead)
            size *= 2;
        if (!reads.TryGetValue(size, out double rate))
            reads[size] = rate = new ReadRate((int)size).Measure(pool, BestRate);
        return rate;
    }

    /// <summary>The least time in seconds that multiply-adds and the reading of weights can take, whichever is longer.</summary>
    /// <param name="macs">Multiply-adds.</param>
    /// <param name="bytes">Bytes of weights that are read once.</param>
    /// <param name="asBytes">Whether the multiply-adds are of bytes; of single-precision numbers otherwise.</param>
    public double LeastSeconds(long macs, long bytes, bool asBytes) =>
        Math.Max(macs / (asBytes ? ByteMacsPerSecond : FloatMacsPerSecond), bytes / ReadBytesPerSecond(bytes));

    // Other work only ever makes a slice slower, so the fastest one is nearest to what the machine can do.
    private double BestRate(Func<KernelPool, int, double> work)
    {
        int repetitions = 1;
        while (Time(work, repetitions).Milliseconds < AttemptMilliseconds)
            repetitions *= 2;
        double best = 0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            var (milliseconds, amount) = Time(work, repetitions);
            best = Math.Max(best, amount / milliseconds * 1000);
        }
        return best;
    }

    private (double Milliseconds, double Amount) Time(Func<KernelPool, int, double> work, int repetitions)
    {
        long start = Stopwatch.GetTimestamp();
        double amount = work(pool, repetitions);
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, amount);
    }
}
