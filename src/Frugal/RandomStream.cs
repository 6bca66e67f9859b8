using System.Numerics;

namespace Frugal;

/// <summary>
/// A stream of pseudo-random numbers with the same values on every machine: xoshiro256** (Blackman and Vigna, 2018) seeded through
/// SplitMix64, and distributions made of exactly rounded arithmetic only (no library logarithm or sine, whose last bit differs between platforms).
/// </summary>
public sealed class RandomStream
{
    private ulong s0, s1, s2, s3;

    /// <param name="seed">Any number; different seeds give unrelated streams.</param>
    public RandomStream(ulong seed)
    {
        s0 = SplitMix(ref seed);
        s1 = SplitMix(ref seed);
        s2 = SplitMix(ref seed);
        s3 = SplitMix(ref seed);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        ulong t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double NextDouble(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>An integer in [0, <paramref name="count"/>), without bias.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        // Lemire's multiplication, rejecting the few low products that would make some values more likely.
        ulong product = (NextBits() >> 32) * (ulong)count;
        if ((uint)product < (uint)count)
        {
            uint threshold = (uint)-count % (uint)count;
            while ((uint)product < threshold)
                product = (NextBits() >> 32) * (ulong)count;
        }
        return (int)(product >> 32);
    }

    /// <summary>True with the given probability.</summary>
    public bool NextBool(double probability) => NextDouble() < probability;

    /// <summary>A standard normal number, by Marsaglia's polar method.</summary>
    public double NextNormal()
    {
        while (true)
        {
            double u = NextDouble(-1, 1), v = NextDouble(-1, 1);
            double s = u * u + v * v;
            if (s is > 0 and < 1)
                return u * Math.Sqrt(-2 * PortableLog(s) / s);
        }
    }

    /// <summary>A uniformly random order of the numbers from 0 to <paramref name="count"/> - 1.</summary>
    public int[] NextPermutation(int count)
    {
        var order = new int[count];
        for (int i = 0; i < count; i++)
        {
            int j = NextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    // ln x = e ln 2 + 2 atanh((m - 1)/(m + 1)) for x = m 2^e with m in [0.7, 1.41]; ten terms of the series reach double precision there.
    private static double PortableLog(double x)
    {
        int exponent = Math.ILogB(x);
        double mantissa = Math.ScaleB(x, -exponent);
        if (mantissa > 1.4142135623730951)
        {
            mantissa /= 2;
            exponent++;
        }
        double z = (mantissa - 1) / (mantissa + 1), square = z * z, sum = 0;
        for (int k = 21; k >= 1; k -= 2)
            sum = sum * square + 1.0 / k;
        return exponent * 0.6931471805599453 + 2 * z * sum;
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
