using System.Text;

namespace Frugal;

/// <summary>
/// The random streams of one run, each addressed by a name and a counter (an update, an epoch, an example) instead of by how much was drawn
/// before. Whoever resumes a run at step n gets the stream of step n without restoring anything, and a method that draws more does
/// not disturb the others.
/// </summary>
/// <param name="seed">Seed of the run.</param>
public sealed class RandomStreams(long seed)
{
    /// <summary>Seed of the run.</summary>
    public long Seed { get; } = seed;

    /// <summary>The stream with this name, at this counter, e.g. <c>At("augment", epoch, index)</c>.</summary>
    public RandomStream At(string name, params ReadOnlySpan<long> counters) => new(SeedOf(name, counters));

    /// <summary>A torch generator on the CPU for this name and counter; the caller disposes it.</summary>
    public TorchSharp.torch.Generator TorchAt(string name, params ReadOnlySpan<long> counters) =>
        new((ulong)TorchSeedOf(name, counters));

    /// <summary>
    /// Seeds libtorch's own generator, from which its modules draw (weight initialisation, dropout), for this name and counter.
    /// </summary>
    public void SeedTorch(string name, params ReadOnlySpan<long> counters) =>
        TorchSharp.torch.manual_seed(TorchSeedOf(name, counters)).Dispose();

    private long TorchSeedOf(string name, ReadOnlySpan<long> counters) => (long)(SeedOf(name, counters) >> 1);

    // FNV-1a over seed, name and counters; RandomStream's SplitMix seeding does the mixing.
    private ulong SeedOf(string name, ReadOnlySpan<long> counters)
    {
        ulong hash = 14695981039346656037;
        Add(ref hash, Seed);
        foreach (byte b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 1099511628211;
        foreach (long counter in counters)
            Add(ref hash, counter);
        return hash;
    }

    private static void Add(ref ulong hash, long value)
    {
        for (int shift = 0; shift < 64; shift += 8)
            hash = (hash ^ (byte)(value >> shift)) * 1099511628211;
    }
}
