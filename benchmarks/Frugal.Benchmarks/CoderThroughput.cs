using System.Diagnostics;
using System.IO.Compression;
using Frugal.Kernels;
using static System.FormattableString;

namespace Frugal.Benchmarks;

/// <summary>
/// The range coder of the entropy bottleneck against Deflate from the framework, on the same latent: whole numbers around zero, of 24 channels with spreads of their own, a byte each for Deflate. In turns, the fastest
/// of the rounds; MB are those of the uncoded bytes.
/// </summary>
internal static class CoderThroughput
{
    private const int Channels = 24, Reach = 100;

    /// <summary>A line for each coder.</summary>
    public static IEnumerable<string> Lines(int rounds, int megabytes)
    {
        var random = new Random(1);
        int row = megabytes * 1_000_000 / Channels;
        double[] spreads = [.. Enumerable.Range(0, Channels).Select(channel => 0.3 * Math.Pow(1.15, channel))];
        CodingTable[] tables = [.. spreads.Select(Table)];
        int[] numbers = [.. spreads.SelectMany(spread => Enumerable.Range(0, row).Select(_ => Number(random, spread)))];
        byte[] plain = [.. numbers.Select(number => (byte)(sbyte)number)];
        double information = Enumerable.Range(0, Channels).Sum(channel => Bits(numbers.AsSpan(channel * row, row), tables[channel])) / 8;
        Contestant[] contestants =
        [
            new("range coder", () => RangeCoder.Encode(numbers, tables), bytes => RangeCoder.Decode(bytes, tables, new int[numbers.Length])),
            new("Deflate, fastest", () => Deflate(plain, CompressionLevel.Fastest), bytes => Inflate(bytes, plain.Length)),
            new("Deflate, optimal", () => Deflate(plain, CompressionLevel.Optimal), bytes => Inflate(bytes, plain.Length)),
        ];
        for (int round = 0; round < rounds; round++)
            foreach (var contestant in contestants)
                contestant.Run();
        yield return Invariant($"{plain.Length / 1e6:F0} MB of a latent, whose information is {information / 1e6:F2} MB; fastest of {rounds}.");
        foreach (var contestant in contestants)
            yield return Invariant($"{contestant.Name,-17} {contestant.Bytes!.Length / 1e6,6:F2} MB   in {plain.Length / contestant.Encoding / 1e6,6:F0} MB/s   out {plain.Length / contestant.Decoding / 1e6,6:F0} MB/s");
        yield return Invariant($"Range coder ÷ Deflate at its fastest: {contestants[1].Encoding / contestants[0].Encoding:F2} times the speed in, {contestants[1].Decoding / contestants[0].Decoding:F2} out, {(double)contestants[0].Bytes!.Length / contestants[1].Bytes!.Length:F2} of the bytes.");
    }

    private static CodingTable Table(double spread)
    {
        float[] probabilities = [.. Enumerable.Range(-Reach, 2 * Reach + 1).Select(number => (float)(Logistic(number + 0.5, spread) - Logistic(number - 0.5, spread))), 1e-9f];
        return new(CdfQuantizer.Quantize(probabilities), -Reach);
    }

    private static double Logistic(double value, double spread) => 1 / (1 + Math.Exp(-value / spread));

    private static int Number(Random random, double spread)
    {
        double point = Math.Clamp(random.NextDouble(), 1e-9, 1 - 1e-9);
        return (int)Math.Clamp(Math.Round(spread * Math.Log(point / (1 - point))), -Reach, Reach);
    }

    private static double Bits(ReadOnlySpan<int> numbers, CodingTable table)
    {
        double bits = 0;
        foreach (int number in numbers)
            bits -= Math.Log2((table.Cdf[number + Reach + 1] - table.Cdf[number + Reach]) / (double)CdfQuantizer.Total);
        return bits;
    }

    private static byte[] Deflate(byte[] plain, CompressionLevel level)
    {
        using var output = new MemoryStream();
        using (var deflate = new DeflateStream(output, level, leaveOpen: true))
            deflate.Write(plain);
        return output.ToArray();
    }

    private static void Inflate(byte[] bytes, int length)
    {
        using var inflate = new DeflateStream(new MemoryStream(bytes), CompressionMode.Decompress);
        inflate.ReadExactly(new byte[length]);
    }

    private sealed class Contestant(string name, Func<byte[]> encode, Action<byte[]> decode)
    {
        public string Name => name;

        public byte[]? Bytes { get; private set; }

        public double Encoding { get; private set; } = double.PositiveInfinity;

        public double Decoding { get; private set; } = double.PositiveInfinity;

        public void Run()
        {
            long start = Stopwatch.GetTimestamp();
            Bytes = encode();
            Encoding = Math.Min(Encoding, Stopwatch.GetElapsedTime(start).TotalSeconds);
            start = Stopwatch.GetTimestamp();
            decode(Bytes);
            Decoding = Math.Min(Decoding, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }
}
