using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>How the keys of codebooks are found on features without labels: they begin as rows of the data and follow moving averages of what is nearest to each.</summary>
public sealed class KeyAverages
{
    /// <summary>Share of the former averages that a batch leaves, γ; 0 makes each update a step of k-means.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Decay { get; init => field = Guard.Fraction(value); } = 0.95;

    /// <summary>Passes over the features; 0 leaves the keys at rows of the data.</summary>
    [Range(0, 100_000)]
    public int Epochs { get; init => field = Guard.Between(value, 0, 100_000); } = 3;

    /// <summary>Rows of features in an update.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 256;

    /// <summary>Smooths the counts that sums are divided by, ε.</summary>
    [Range(0, 1)]
    public double Epsilon { get; init => field = Guard.Between(value, 0, 1); } = 1e-5;

    /// <summary>A key whose average count of nearest rows falls below this becomes a row of the batch; 0 for never.</summary>
    [Range(0, 1e6)]
    public double DeadKeyThreshold { get; init => field = Guard.Between(value, 0, 1e6); }

    /// <summary>Finds the keys.</summary>
    /// <param name="keys">The layer that gets them.</param>
    /// <param name="features"><c>[rows, dim]</c>.</param>
    /// <param name="random">Streams of the run; <c>keys</c> is drawn from.</param>
    /// <exception cref="FrugalException">There are no rows.</exception>
    public void Find(DiscreteKeys keys, Tensor features, RandomStreams random)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(random);
        int rows = (int)features.shape[0];
        if (rows == 0)
            throw new FrugalException("Keys are found on features, and there are none");
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        keys.Take(First(keys, features, random));
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            int[] order = random.At("keys-order", epoch).NextPermutation(rows);
            for (int first = 0; first < rows; first += BatchSize)
            {
                using var update = NewDisposeScope();
                var chosen = tensor(order.Skip(first).Take(BatchSize).Select(row => (long)row).ToArray(), device: features.device);
                keys.Follow(keys.Heads(features.index_select(0, chosen)), this, random.At("keys-dead", epoch, first));
            }
        }
    }

    // Other rows for each codebook, none of them twice while there are enough.
    private static Tensor First(DiscreteKeys keys, Tensor features, RandomStreams random)
    {
        using var scope = NewDisposeScope();
        int rows = (int)features.shape[0];
        var first = new List<Tensor>();
        for (long codebook = 0; codebook < keys.NumCodebooks; codebook++)
        {
            int[] order = random.At("keys", codebook).NextPermutation(rows);
            var chosen = tensor(Enumerable.Range(0, (int)keys.NumKeys).Select(key => (long)order[key % rows]).ToArray(), device: features.device);
            using var heads = keys.Heads(features.index_select(0, chosen));
            first.Add(heads.select(1, codebook).clone());
        }
        return stack(first).MoveToOuterDisposeScope();
    }
}
