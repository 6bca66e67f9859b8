using Frugal.Catalogue;
using Frugal.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>
/// Several causal attention layers in the place of one, weighted token by token (Zhang et al. 2024, Branch-Attend-Mix, arXiv 2408.08274, soft-routed mixture of attention): <c>Σ gᵢ(z) attentionᵢ(z)</c>,
/// <c>[batch, tokens, dim]</c> to the same shape. Every expert attends over the whole sequence whatever the router says, so that none lacks keys that a later token asks for; a router that leaves experts out changes the
/// sum and saves nothing. Weights: <c>gate.weight</c> <c>[experts, dim]</c>, <c>experts.0.q_proj</c>, <c>.k_proj</c>, <c>.v_proj</c>, <c>.o_proj</c>, …; with shared keys and values <c>k_proj</c> and <c>v_proj</c> once.
/// </summary>
/// <remarks>The heads of all experts lie side by side, so that scores are one product. A key-value cache holds the keys and values of all experts, or the shared ones once.</remarks>
[Entry("mixture-of-attention", Paper = "bam")]
[Capabilities(WorksOn = ["causal attention"], CombinesWith = ["bam", "train"], ChangesShapes = true)]
public sealed class MixtureOfAttention : Layer, ICausalAttention
{
    private const int MaxExperts = 4096, MaxWidth = 1_000_000, MaxHeads = 65_536, MaxKeyValueHeads = 4096;

    private readonly RotaryAttentionShape shape;
    private readonly ExpertGate gate;
    private readonly ModuleList<AttentionExpert> experts;
    private Module<Tensor, Tensor>? k_proj, v_proj;

    /// <param name="dim">Width of a token.</param>
    /// <param name="numHeads">Heads of an expert's queries.</param>
    /// <param name="keyValueHeads">Heads of keys and values; as many as of queries when null.</param>
    /// <param name="headDim">Width of a head; the width of a token divided among the heads when null.</param>
    /// <param name="numExperts">Number of experts.</param>
    /// <param name="sharesKeyValues">True when the experts share keys and values and differ in queries and outputs alone.</param>
    /// <param name="router">What an expert's output counts; the softmax over all experts when null.</param>
    /// <param name="hasBias">True when the projections have biases.</param>
    /// <param name="dropRate">Share of attention weights that dropout sets to zero in training.</param>
    /// <param name="rotaryTheta">Base of the rotary frequencies where the layer runs by itself; a decoder hands its own in.</param>
    /// <exception cref="FrugalException">The heads do not divide, or the router asks for more experts than there are.</exception>
    public MixtureOfAttention(
        [Range(1, MaxWidth)] long dim, [Range(1, MaxHeads)] long numHeads, [Range(1, MaxKeyValueHeads)] long? keyValueHeads = null, [Range(1, MaxWidth)] long? headDim = null, [Range(1, MaxExperts)] int numExperts = 4,
        bool sharesKeyValues = false, Router? router = null, bool hasBias = false, [Range(0, 1, BelowHigh = true)] double dropRate = 0,
        [Range(0, double.PositiveInfinity, AboveLow = true)] double rotaryTheta = 10_000) : base(nameof(MixtureOfAttention))
    {
        (Dim, NumHeads, NumExperts) = (Guard.Between(dim, 1, MaxWidth, nameof(dim)), Guard.Between(numHeads, 1, MaxHeads, nameof(numHeads)), Guard.Between(numExperts, 1, MaxExperts, nameof(numExperts)));
        KeyValueHeads = keyValueHeads is { } heads ? Guard.Between(heads, 1, MaxKeyValueHeads, nameof(keyValueHeads)) : null;
        HeadDim = headDim is { } width ? Guard.Between(width, 1, MaxWidth, nameof(headDim)) : null;
        (SharesKeyValues, HasBias, DropRate, RotaryTheta) = (sharesKeyValues, hasBias, Guard.Fraction(dropRate, nameof(dropRate)), Guard.Positive(rotaryTheta, nameof(rotaryTheta)));
        Router = router ?? new SoftRouter();
        Router.Require(NumExperts);
        if (!Router.HasGate)
            throw new FrugalException("A mixture of attention weights its experts by a gate of its own; this router has none");
        if (headDim is null && dim % numHeads != 0)
            throw new FrugalException($"attention: {numHeads} heads do not divide a width of {dim} evenly");
        shape = new(dim, numHeads, keyValueHeads ?? numHeads, headDim ?? dim / numHeads) { HasBias = hasBias, DropRate = dropRate, RotaryTheta = rotaryTheta };
        gate = new ExpertGate(dim, numExperts);
        experts = new(Enumerable.Range(0, numExperts).Select(_ => new AttentionExpert(shape, !sharesKeyValues)).ToArray());
        k_proj = sharesKeyValues ? Linear(dim, shape.KeyValueHeads * shape.HeadDim, hasBias: hasBias) : null;
        v_proj = sharesKeyValues ? Linear(dim, shape.KeyValueHeads * shape.HeadDim, hasBias: hasBias) : null;
        RegisterComponents();
    }

    /// <summary>Width of a token.</summary>
    public long Dim { get; }

    /// <summary>Heads of an expert's queries.</summary>
    public long NumHeads { get; }

    /// <summary>Heads of keys and values; as many as of queries when null.</summary>
    public long? KeyValueHeads { get; }

    /// <summary>Width of a head; the width of a token divided among the heads when null.</summary>
    public long? HeadDim { get; }

    /// <summary>Number of experts.</summary>
    public int NumExperts { get; }

    /// <summary>True when the experts share keys and values and differ in queries and outputs alone.</summary>
    public bool SharesKeyValues { get; }

    /// <summary>What an expert's output counts; the softmax over all experts when null.</summary>
    public Router? Router { get; }

    /// <summary>True when the projections have biases.</summary>
    public bool HasBias { get; }

    /// <summary>Share of attention weights that dropout sets to zero in training.</summary>
    public double DropRate { get; }

    /// <summary>Base of the rotary frequencies where the layer runs by itself; a decoder hands its own in.</summary>
    public double RotaryTheta { get; }

    /// <summary>What each expert's output counts for each token, <c>[…, experts]</c>.</summary>
    /// <param name="input"><c>[…, dim]</c>.</param>
    public Tensor Weights(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var routing = Router!.Route(gate.call(input).reshape(1, -1, NumExperts), new() { IsTraining = training, IsCaptured = Graph.IsCapturing });
        return routing.ToDense().view([.. input.shape[..^1], NumExperts]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>A sequence by itself: each token sees those up to itself.</remarks>
    /// <exception cref="FrugalException">The input has another shape.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() != 3 || input.shape[2] != Dim)
            throw new FrugalException($"{nameof(MixtureOfAttention)} takes inputs [batch, tokens, {Dim}] and got [{string.Join(", ", input.shape)}]");
        using var scope = NewDisposeScope();
        return Run(input, AttentionContext.Alone(input, shape.Rotary())).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    Tensor ICausalAttention.Run(Tensor input, AttentionContext context) => Run(input, context);

    private Tensor Run(Tensor input, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var query = Turned(Joined(expert => expert.Query(input)), context);
        var key = Turned(k_proj?.call(input) ?? Joined(expert => expert.Key(input)), context);
        var value = HeadAttention.Split(v_proj?.call(input) ?? Joined(expert => expert.Value(input)), shape.HeadDim);
        if (context.Cache is { } cache)
            (key, value) = cache.Append(context.Layer, key, value);
        if (SharesKeyValues)
            (key, value) = (ForEach(key), ForEach(value));
        var mixed = HeadAttention.Merge(HeadAttention.Attend(query, key, value, context.Mask, dropRate: training ? DropRate : 0)).chunk(NumExperts, -1);
        var weights = Weights(input);
        Tensor? sum = null;
        for (int expert = 0; expert < NumExperts; expert++)
        {
            var part = experts[expert].Output(mixed[expert]) * weights.narrow(-1, expert, 1);
            sum = sum is null ? part : sum + part;
        }
        return sum!.MoveToOuterDisposeScope();
    }

    private Tensor Joined(Func<AttentionExpert, Tensor> of) => cat([.. experts.Select(of)], -1);

    private Tensor Turned(Tensor joined, AttentionContext context) => RotaryEmbedding.Rotate(HeadAttention.Split(joined, shape.HeadDim), context.Angles);

    private Tensor ForEach(Tensor shared) => cat([.. Enumerable.Repeat(shared, NumExperts)], 1);
}
