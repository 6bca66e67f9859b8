using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>How many tokens an expert takes; what more chose it is dropped: it counts as zero, or passes through unchanged.</summary>
public sealed class ExpertCapacity
{
    /// <summary>Slots of an expert in training: factor · tokens · choices ÷ experts.</summary>
    [Range(0, 1e6, AboveLow = true)]
    public double Factor { get; init => field = Guard.Positive(Guard.Between(value, 0, 1e6)); } = 1.25;

    /// <summary>The same in evaluation; null to drop nothing there, which only then gives each token the same whatever comes with it.</summary>
    [Range(0, 1e6, AboveLow = true)]
    public double? EvaluationFactor { get; init => field = value is { } factor ? Guard.Positive(Guard.Between(factor, 0, 1e6)) : null; }

    /// <summary>Slots of an expert at least.</summary>
    [Range(0, 1_000_000)]
    public int Minimum { get; init => field = Guard.Between(value, 0, 1_000_000); } = 4;

    /// <summary>Whether a broken number of slots is rounded up (GShard, DeepSpeed) or down (Switch, WideNet).</summary>
    public bool RoundsUp { get; init; } = true;

    /// <summary>Which tokens find room.</summary>
    public CapacityOrder Order { get; init; } = CapacityOrder.Choice;

    /// <summary>Whether a dropped token passes through unchanged, times its weight (Switch), instead of counting as zero.</summary>
    public bool PassesThrough { get; init; }

    /// <summary>Slots of an expert, or null where there is no limit.</summary>
    /// <param name="tokens">Tokens of a group.</param>
    /// <param name="choices">Choices of a token.</param>
    /// <param name="experts">Number of experts.</param>
    /// <param name="isTraining">Whether the training factor counts.</param>
    public long? SlotsFor(long tokens, int choices, int experts, bool isTraining)
    {
        if ((isTraining ? Factor : EvaluationFactor) is not { } factor)
            return null;
        double slots = tokens * factor * choices / experts;
        return Math.Max(Minimum, (long)(RoundsUp ? Math.Ceiling(slots) : Math.Floor(slots)));
    }

    /// <summary>Which choices are kept, row by row as <paramref name="chosen"/>; null where all are.</summary>
    /// <param name="chosen"><c>[groups, tokens, k]</c>.</param>
    /// <param name="experts">Number of experts.</param>
    /// <param name="followed">Choices that count, or null for all: the others are dropped and take no room.</param>
    /// <param name="logits">Logits of the choices, as <paramref name="chosen"/>.</param>
    /// <param name="context">How the layer runs.</param>
    internal bool[]? Keep(Tensor chosen, int experts, bool[]? followed, Tensor logits, RoutingContext context)
    {
        var (groups, tokens, k) = (chosen.shape[0], chosen.shape[1], (int)chosen.shape[2]);
        if (SlotsFor(tokens, k, experts, context.IsTraining) is not { } slots)
            return followed;
        using var scope = NewDisposeScope();
        long[] flat = RoutingMath.Numbers(chosen);
        if (Order == CapacityOrder.Logit)
            return RoutingMath.KeepLargest(flat, new(groups, tokens, k, experts), slots, followed, [.. logits.detach().to(float32).flatten().cpu().data<float>()]);
        float[]? lots = Order == CapacityOrder.Random
            ? [.. context.Draws.Uniform([groups, tokens, experts], zeros(0)).gather(-1, chosen).flatten().cpu().data<float>()]
            : null;
        return RoutingMath.Keep(flat, new(groups, tokens, k, experts), slots, Order, followed, lots);
    }
}
