using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Quantises features by many small codebooks of keys (Träuble et al. 2023), <c>[…, dim]</c> to the chosen keys side by side <c>[…, codebooks · keyDim]</c>. Nothing here is trained: keys are found on unlabelled
/// features (<see cref="KeyAverages"/>) and stay. Buffers: <c>rand_proj</c> <c>[codebooks, dim, keyDim]</c> unless the input is split, <c>keys</c> <c>[codebooks, keys, keyDim]</c>, and their moving averages
/// <c>cluster_size</c>, <c>embed_avg</c>.
/// </summary>
[Entry("discrete-keys", Paper = "dkvb")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["key-value-head"], ChangesShapes = true)]
public sealed class DiscreteKeys : Layer
{
    private Tensor? rand_proj;
    private Tensor keys, cluster_size, embed_avg;

    /// <param name="dim">Width of the input.</param>
    /// <param name="numCodebooks">How many codebooks there are, C.</param>
    /// <param name="numKeys">How many keys a codebook has, K.</param>
    /// <param name="keyDim">Width of a key; where the input is split it is dim ÷ codebooks instead.</param>
    /// <param name="projection">How a head for each codebook is made of the input.</param>
    /// <exception cref="FrugalException">The input cannot be split into as many equal parts.</exception>
    public DiscreteKeys(
        [Range(1, 1e6)] long dim, [Range(1, 65_536)] long numCodebooks = 64, [Range(1, 1e6)] long numKeys = 64, [Range(1, 65_536)] long keyDim = 8, KeyProjection projection = KeyProjection.Random) : base(nameof(DiscreteKeys))
    {
        Dim = Guard.Between(dim, 1, 1_000_000, nameof(dim));
        NumCodebooks = Guard.Between(numCodebooks, 1, 65_536, nameof(numCodebooks));
        NumKeys = Guard.Between(numKeys, 1, 1_000_000, nameof(numKeys));
        KeyDim = Guard.Between(keyDim, 1, 65_536, nameof(keyDim));
        Projection = projection;
        if (projection == KeyProjection.Split && dim % numCodebooks != 0)
            throw new FrugalException($"{dim} features cannot be split into {numCodebooks} equal parts; choose a number of codebooks that divides them, or a random projection");
        using var scope = NewDisposeScope();
        HeadDim = projection == KeyProjection.Split ? dim / numCodebooks : keyDim;
        if (projection == KeyProjection.Random)
            rand_proj = (randn(numCodebooks, dim, keyDim) * Math.Sqrt(2.0 / (dim + keyDim))).DetachFromDisposeScope();
        // As kaiming-uniform draws a tensor of this shape.
        double bound = Math.Sqrt(6.0 / (numKeys * HeadDim));
        keys = empty(numCodebooks, numKeys, HeadDim).uniform_(-bound, bound).DetachFromDisposeScope();
        cluster_size = ones(numCodebooks, numKeys).DetachFromDisposeScope();
        embed_avg = keys.clone().DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <summary>Width of the input.</summary>
    public long Dim { get; }

    /// <summary>How many codebooks there are, C.</summary>
    public long NumCodebooks { get; }

    /// <summary>How many keys a codebook has, K.</summary>
    public long NumKeys { get; }

    /// <summary>Width of a key; where the input is split it is dim ÷ codebooks instead.</summary>
    public long KeyDim { get; }

    /// <summary>How a head for each codebook is made of the input.</summary>
    public KeyProjection Projection { get; }

    /// <summary>Width of a key as it is.</summary>
    internal long HeadDim { get; }

    /// <summary>The keys, <c>[codebooks, keys, width]</c>.</summary>
    public Tensor Keys => keys;

    /// <summary>The heads of an input, <c>[…, codebooks, width]</c>.</summary>
    /// <param name="input"><c>[…, dim]</c>.</param>
    /// <exception cref="FrugalException">The input has another width.</exception>
    public Tensor Heads(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() == 0 || input.shape[^1] != Dim)
            throw new FrugalException($"{nameof(DiscreteKeys)} takes inputs of width {Dim} and got [{string.Join(", ", input.shape)}]");
        return rand_proj is null ? input.reshape([.. input.shape[..^1], NumCodebooks, HeadDim]) : KeyValueMath.Project(input, rand_proj);
    }

    /// <summary>The number of the key in every codebook that is nearest to an input's head, <c>[…, codebooks]</c>, int64.</summary>
    /// <param name="input"><c>[…, dim]</c>.</param>
    public Tensor Index(Tensor input)
    {
        using var heads = Heads(input);
        return KeyValueMath.Nearest(heads, keys);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return KeyValueMath.Look(keys, Index(input)).flatten(-2, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Sets the keys, and the averages as if each stood for one row.</summary>
    internal void Take(Tensor values)
    {
        using var mode = no_grad();
        keys.copy_(values);
        embed_avg.copy_(values);
        cluster_size.fill_(1);
    }

    /// <summary>Moves keys and averages by a batch; keys that are then read less often than a threshold become heads of the batch.</summary>
    /// <param name="heads"><c>[rows, codebooks, width]</c>.</param>
    /// <param name="averages">How averages move.</param>
    /// <param name="random">Where the rows that replace keys come from.</param>
    internal void Follow(Tensor heads, KeyAverages averages, RandomStream random)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (counts, sums, moved) = KeyValueMath.Follow((cluster_size, embed_avg), heads, KeyValueMath.Nearest(heads, keys), averages.Decay, averages.Epsilon);
        if (averages.DeadKeyThreshold > 0)
        {
            var isDead = counts.lt(averages.DeadKeyThreshold);
            var rows = tensor(Enumerable.Range(0, (int)(NumCodebooks * NumKeys)).Select(_ => (long)random.NextInt((int)heads.shape[0])).ToArray(), [NumKeys, NumCodebooks], device: heads.device);
            var drawn = heads.gather(0, rows.unsqueeze(-1).expand(-1, -1, HeadDim)).transpose(0, 1);
            counts = counts.masked_fill(isDead, averages.DeadKeyThreshold);
            sums = where(isDead.unsqueeze(-1), drawn * averages.DeadKeyThreshold, sums);
            moved = where(isDead.unsqueeze(-1), drawn, moved);
        }
        cluster_size.copy_(counts);
        embed_avg.copy_(sums);
        keys.copy_(moved);
    }
}
