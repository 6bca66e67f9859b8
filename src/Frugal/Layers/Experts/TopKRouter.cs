using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>
/// Each token goes to the experts that its gate finds most probable (Shazeer et al. 2017, arXiv 1701.06538). The options cover GShard's and DeepSpeed's top-2, WideNet's, and the gates of experts cut from a
/// dense block.
/// </summary>
[Entry("top-k")]
public sealed class TopKRouter : Router
{
    // Keeps a quotient finite where all chosen probabilities are 0.
    private const double Epsilon = 1e-9;

    /// <summary>Experts of a token.</summary>
    [Range(1, 4096)]
    [Shorthand]
    public int K { get; init => field = Guard.Between(value, 1, 4096); } = 2;

    /// <summary>What the experts' outputs are weighted with.</summary>
    public ExpertWeights Weights { get; init; } = ExpertWeights.Normalized;

    /// <summary>How the experts are found.</summary>
    public ExpertSelection Selection { get; init; } = ExpertSelection.Best;

    /// <summary>Normal noise on the logits in training, in units of 1 ÷ experts; WideNet uses 1.</summary>
    [Range(0, 1000)]
    public double LogitNoise { get; init => field = Guard.Between(value, 0, 1000); }

    /// <summary>Which choices after the first are followed.</summary>
    public SecondChoice Second { get; init; } = SecondChoice.All;

    /// <summary>Weight from which on a second choice is (certainly) followed; GShard's is 0.2.</summary>
    [Range(0, 1, AboveLow = true)]
    public double SecondThreshold { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.2;

    /// <summary>Whether only a token's first choice counts as load in the balance loss (GShard); otherwise all do.</summary>
    public bool BalancesFirst { get; init; }

    /// <inheritdoc/>
    public override double ExpertsPerToken(int numExperts) => Second == SecondChoice.None ? 1 : K;

    /// <inheritdoc/>
    public override void Require(int numExperts)
    {
        if (K > numExperts)
            throw new FrugalException($"A token cannot go to {K} of {numExperts} experts: k must be at most the number of experts");
    }

    internal override int PlainChoices => K == 1 || (Selection != ExpertSelection.SampledAfterFirst && Second == SecondChoice.All) ? K : 0;

    /// <inheritdoc/>
    public override Routing Route(Tensor logits, RoutingContext context)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(context);
        int experts = (int)logits.shape[^1];
        Require(experts);
        if (context.IsTraining && LogitNoise > 0)
            logits = logits + context.Draws.Normal(logits.shape, logits) * (LogitNoise / experts);
        var probabilities = logits.softmax(-1);
        var chosen = Choose(logits, probabilities, context);
        var weights = Weigh(probabilities.gather(-1, chosen), experts);
        if (context.Used is { } used)
            weights = weights * used.unsqueeze(-1).to(weights.dtype);
        if (context.IsCaptured)
            return new(logits, probabilities, zeros(logits.shape[0], experts)) { Dense = DenseForm(chosen, weights, experts, context) };
        var load = RoutingMath.Load(BalancesFirst ? chosen.narrow(-1, 0, 1) : chosen, experts, logits.dtype, context.Used);
        bool[]? kept = Kept(chosen, weights, logits, context);
        var flat = new Routing(logits, probabilities, load) { Experts = chosen.flatten(), Ranks = K == 1 ? null : RoutingMath.RanksOf(chosen), PerToken = K };
        return kept is null
            ? flat with { Tokens = RoutingMath.TokensOf(chosen), Weights = AfterDropping(weights, null).flatten() }
            : RoutingMath.Drop(flat, RoutingMath.TokensOf(chosen), AfterDropping(weights, kept).flatten(), weights.flatten(), kept);
    }

    internal override void ChoosePlainly(ReadOnlySpan<float> probabilities, Span<int> chosen, Span<float> weights)
    {
        float sum = 0;
        for (int choice = 0; choice < K; choice++)
        {
            int best = -1;
            for (int expert = 0; expert < probabilities.Length; expert++)
                if ((best < 0 || probabilities[expert] > probabilities[best]) && !chosen[..choice].Contains(expert))
                    best = expert;
            (chosen[choice], weights[choice]) = (best, probabilities[best]);
            sum += probabilities[best];
        }
        foreach (ref float weight in weights)
            weight = Weights switch
            {
                ExpertWeights.Normalized or ExpertWeights.NormalizedAfterDropping => weight / (sum + (float)Epsilon),
                ExpertWeights.StraightThrough => weight / weight,
                ExpertWeights.Even => (float)((double)probabilities.Length / K),
                ExpertWeights.Unit => 1,
                _ => weight,
            };
    }

    // [groups, tokens, k]: one by one, so that the first of equal ones is taken, here and in an exported file.
    private Tensor Choose(Tensor logits, Tensor probabilities, RoutingContext context)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var range = arange(logits.shape[^1], device: logits.device);
        var scores = Selection == ExpertSelection.Sampled && context.IsTraining ? logits + context.Draws.Gumbel(logits.shape, logits) : probabilities;
        var chosen = new List<Tensor>();
        for (int choice = 0; choice < K; choice++)
        {
            if (choice == 1 && Selection == ExpertSelection.SampledAfterFirst)
                scores = (logits + context.Draws.Gumbel(logits.shape, logits)).masked_fill(range.eq(chosen[0]), double.NegativeInfinity);
            chosen.Add(scores.argmax(-1, keepdim: true));
            if (choice + 1 < K)
                scores = scores.masked_fill(range.eq(chosen[choice]), double.NegativeInfinity);
        }
        return (K == 1 ? chosen[0] : cat(chosen, -1)).MoveToOuterDisposeScope();
    }

    private Tensor Weigh(Tensor gates, int experts) => Weights switch
    {
        ExpertWeights.Normalized => gates / (gates.sum(-1, keepdim: true) + Epsilon),
        ExpertWeights.StraightThrough => gates / gates.detach(),
        ExpertWeights.Even => ones_like(gates) * ((double)experts / K),
        ExpertWeights.Unit => ones_like(gates),
        _ => gates,
    };

    private Tensor AfterDropping(Tensor weights, bool[]? kept)
    {
        if (Weights != ExpertWeights.NormalizedAfterDropping)
            return weights;
        var left = kept is null ? weights : weights * RoutingMath.MaskLike(weights, kept);
        return left / (left.sum(-1, keepdim: true) + Epsilon);
    }

    // Row by row as chosen, or null where nothing is dropped.
    private bool[]? Kept(Tensor chosen, Tensor weights, Tensor logits, RoutingContext context)
    {
        var followed = Second switch
        {
            _ when K == 1 => null,
            SecondChoice.Random => context.Draws.Uniform(weights.shape, weights).lt(weights.detach() / SecondThreshold),
            SecondChoice.Threshold => weights.gt(SecondThreshold),
            SecondChoice.None => zeros_like(weights, ScalarType.Bool),
            _ => null,
        };
        bool[]? kept = followed is null ? null : RoutingMath.Values(followed);
        for (int i = 0; i < kept?.Length; i += K)
            kept[i] = true;
        if (context.Used is { } used)
        {
            bool[] isUsed = RoutingMath.Values(used);
            kept ??= [.. Enumerable.Repeat(true, isUsed.Length * K)];
            for (int i = 0; i < kept.Length; i++)
                kept[i] &= isUsed[i / K];
        }
        return context.Capacity is null ? kept : context.Capacity.Keep(chosen, (int)logits.shape[^1], kept, logits.gather(-1, chosen), context);
    }

    private Tensor DenseForm(Tensor chosen, Tensor weights, int experts, RoutingContext context)
    {
        if (Selection == ExpertSelection.SampledAfterFirst || Second == SecondChoice.Random)
            throw new FrugalException("A router that draws its second choice at random cannot be exported: choose selection: best and second: all or threshold");
        if (context.Capacity?.EvaluationFactor is not null)
            throw new FrugalException("A mixture of experts that drops tokens in evaluation cannot be exported: which are dropped depends on the whole batch; leave evaluation-factor away");
        using var scope = NewDisposeScope();
        if (K > 1 && Second != SecondChoice.All)
        {
            var first = weights.narrow(-1, 0, 1);
            var others = weights.narrow(-1, 1, K - 1);
            weights = cat([first, Second == SecondChoice.None ? others * 0 : others * others.gt(SecondThreshold).to(others.dtype)], -1);
        }
        weights = AfterDropping(weights, null);
        var range = arange(experts, device: chosen.device);
        // [groups, tokens, k, experts] summed over k
        var isChosen = chosen.unsqueeze(-1).eq(range).to(weights.dtype);
        return (isChosen * weights.unsqueeze(-1)).sum(-2).flatten(0, 1).MoveToOuterDisposeScope();
    }
}
