using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>What routers and mixtures of experts compute. Axes: <c>g</c> groups, <c>t</c> tokens of a group, <c>k</c> choices of a token, <c>e</c> experts.</summary>
public static class RoutingMath
{
    /// <summary>Sizes of choices <c>[g, t, k]</c> among experts.</summary>
    internal readonly record struct Sizes(long Groups, long Tokens, int Choices, int Experts);

    /// <summary>e · Σ load · probability, averaged over groups: 1 for even loads, the number of experts where one takes all (Fedus et al. 2021, equation 4).</summary>
    /// <param name="load">Share of the choices by expert, <c>[g, e]</c>; a constant.</param>
    /// <param name="probabilities"><c>[g, t, e]</c>.</param>
    public static Tensor BalanceLoss(Tensor load, Tensor probabilities)
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(probabilities);
        using var scope = NewDisposeScope();
        return ((load * probabilities.mean([1])).sum(1).mean() * probabilities.shape[^1]).MoveToOuterDisposeScope();
    }

    /// <summary>Squared coefficient of variation of the experts' importance, the sum of their weights over all tokens (Shazeer et al. 2017, equation 7).</summary>
    /// <param name="importance"><c>[e]</c>.</param>
    public static Tensor ImportanceLoss(Tensor importance)
    {
        ArgumentNullException.ThrowIfNull(importance);
        using var scope = NewDisposeScope();
        var mean = importance.mean();
        return ((importance - mean).square().mean() / mean.square().clamp_min(1e-20)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean over tokens of the squared logarithm of the softmax's denominator (Zoph et al. 2022, equation 5): keeps logits small.</summary>
    /// <param name="logits"><c>[…, e]</c>.</param>
    public static Tensor ZLoss(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        return logits.logsumexp(-1).square().mean().MoveToOuterDisposeScope();
    }

    /// <summary>Mean over tokens of −Σ p log p, in nats.</summary>
    /// <param name="probabilities"><c>[…, e]</c>.</param>
    public static Tensor Entropy(Tensor probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        using var scope = NewDisposeScope();
        return (-(probabilities * probabilities.clamp_min(1e-30).log()).sum(-1)).mean().MoveToOuterDisposeScope();
    }

    /// <summary>Share of the choices that fell on each expert, <c>[g, e]</c>.</summary>
    /// <param name="chosen"><c>[g, t, k]</c>.</param>
    /// <param name="experts">Number of experts.</param>
    /// <param name="type">Type of the result.</param>
    /// <param name="used">Tokens whose choices count, <c>[g, t]</c>; null for all.</param>
    public static Tensor Load(Tensor chosen, int experts, ScalarType type, Tensor? used = null)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        using var scope = NewDisposeScope();
        var (groups, each) = (chosen.shape[0], Math.Max(1, chosen.shape[1] * chosen.shape[2]));
        var offsets = (arange(groups, device: chosen.device) * experts).view(-1, 1, 1);
        var counted = used?.unsqueeze(-1).expand(chosen.shape).flatten().to(type);
        return ((chosen + offsets).flatten().bincount(counted, groups * experts).view(groups, experts).to(type) / each).MoveToOuterDisposeScope();
    }

    /// <summary>The token of each choice, counted over all groups, <c>[g · t · k]</c>.</summary>
    internal static Tensor TokensOf(Tensor chosen)
    {
        using var scope = NewDisposeScope();
        var (tokens, k) = (chosen.shape[0] * chosen.shape[1], chosen.shape[2]);
        return arange(tokens, device: chosen.device).unsqueeze(1).expand(tokens, k).flatten().MoveToOuterDisposeScope();
    }

    /// <summary>Which of its token's choices each is, from 0, <c>[g · t · k]</c>.</summary>
    internal static Tensor RanksOf(Tensor chosen)
    {
        using var scope = NewDisposeScope();
        var (tokens, k) = (chosen.shape[0] * chosen.shape[1], chosen.shape[2]);
        return arange(k, device: chosen.device).unsqueeze(0).expand(tokens, k).flatten().MoveToOuterDisposeScope();
    }

    /// <summary>A routing without the choices that are not kept.</summary>
    /// <param name="all">With <see cref="Routing.Experts"/> of all choices.</param>
    /// <param name="tokens">Tokens of all choices.</param>
    /// <param name="weights">Weights of all choices, of which those kept count.</param>
    /// <param name="droppedWeights">Weights of all choices, of which those dropped count.</param>
    /// <param name="kept">Which choices are kept.</param>
    internal static Routing Drop(Routing all, Tensor tokens, Tensor weights, Tensor droppedWeights, bool[] kept)
    {
        var (places, gone) = (Places(kept, true, weights.device), Places(kept, false, weights.device));
        return all with
        {
            PerToken = 0,
            Tokens = tokens.index_select(0, places),
            Experts = all.Experts!.index_select(0, places),
            Weights = weights.index_select(0, places),
            Ranks = all.Ranks?.index_select(0, places),
            Dropped = gone.numel() == 0 ? null : (tokens.index_select(0, gone), droppedWeights.index_select(0, gone)),
        };
    }

    /// <summary>Gives each expert of a group at most so many choices: in the order of the choices, of the tokens, or of lots, the largest first.</summary>
    internal static bool[] Keep(long[] chosen, Sizes sizes, long slots, CapacityOrder order, bool[]? followed, float[]? lots)
    {
        var (groups, tokens, k, experts) = sizes;
        bool[] kept = new bool[chosen.Length];
        long[] taken = new long[experts];
        for (long group = 0, start = 0; group < groups; group++, start += tokens * k)
        {
            Array.Clear(taken);
            foreach (long place in Order(start, tokens, k, order, lots))
                kept[place] = (followed?[place] ?? true) && taken[chosen[place]]++ < slots;
        }
        return kept;
    }

    /// <summary>The same by the largest logit, <see cref="CapacityOrder.Logit"/>.</summary>
    internal static bool[] KeepLargest(long[] chosen, Sizes sizes, long slots, bool[]? followed, float[] logits)
    {
        var (groups, tokens, k, experts) = sizes;
        bool[] kept = new bool[chosen.Length];
        for (long group = 0, start = 0; group < groups; group++, start += tokens * k)
        {
            // Room that those take who did not choose: their logit counts as 0, which is less than a positive one and more than a negative one.
            long[] taken = new long[experts], others = Enumerable.Repeat(tokens, experts).ToArray();
            for (long place = start; place < start + tokens * k; place++)
                others[chosen[place]]--;
            foreach (long place in Order(start, tokens, k, CapacityOrder.Random, logits))
                kept[place] = (followed?[place] ?? true) && taken[chosen[place]]++ + (logits[place] < 0 ? others[chosen[place]] : 0) < slots;
        }
        return kept;
    }

    /// <summary>A mask as numbers of the type and shape of a tensor.</summary>
    internal static Tensor MaskLike(Tensor like, bool[] kept) => tensor(kept).view(like.shape).to(like.dtype).to(like.device);

    /// <summary>The numbers of a tensor.</summary>
    internal static long[] Numbers(Tensor values) => [.. values.detach().cpu().contiguous().data<long>()];

    /// <summary>The truth values of a tensor.</summary>
    internal static bool[] Values(Tensor values) => [.. values.detach().cpu().contiguous().data<bool>()];

    private static IEnumerable<long> Order(long start, long tokens, int k, CapacityOrder order, float[]? lots)
    {
        if (order == CapacityOrder.Choice)
        {
            for (int choice = 0; choice < k; choice++)
                for (long token = 0; token < tokens; token++)
                    yield return start + token * k + choice;
            yield break;
        }
        long[] places = [.. Enumerable.Range(0, checked((int)(tokens * k))).Select(place => start + place)];
        foreach (long place in lots is null ? places.AsEnumerable() : places.OrderByDescending(place => lots[place]))
            yield return place;
    }

    private static Tensor Places(bool[] kept, bool which, Device device) =>
        tensor([.. Enumerable.Range(0, kept.Length).Where(place => kept[place] == which).Select(place => (long)place)], dtype: int64, device: device);
}
