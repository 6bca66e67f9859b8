using Frugal.Layers.Packed;
using TorchSharp.Modules;

namespace Frugal.Compression.Packing;

/// <summary>Layers that directly follow each other and can run as one call.</summary>
/// <param name="Leaves">Their calls, in order: packed layers, and normalisations, activations and what does nothing between and around them.</param>
internal sealed record Segment(IReadOnlyList<TracedCall> Leaves)
{
    /// <summary>The calls that do something.</summary>
    public IEnumerable<TracedCall> Working => Leaves.Where(leaf => !SpanOperators.IsNothing(leaf.Module));

    /// <summary>
    /// The largest modules that lie within the segment and do something, in order: a feed-forward block whose layers are all in it is one. What goes in and out of them is what goes between
    /// their first and last layers, so that another module can take the place of each.
    /// </summary>
    public IReadOnlyList<TracedCall> Tops => [.. Working.Select(TopOf).Distinct()];

    /// <summary>The segments of a network.</summary>
    /// <param name="trace">What ran.</param>
    /// <param name="isPacked">Tells layers that have a packed form.</param>
    /// <param name="head">Path of a part that begins a segment of its own, or null: what goes into a classifier is asked for by itself.</param>
    public static IReadOnlyList<Segment> Of(CallTrace trace, Func<TracedCall, bool> isPacked, string? head = null)
    {
        var segments = new List<Segment>();
        var current = new List<TracedCall>();
        foreach (var leaf in trace.Leaves)
        {
            if (current.Count > 0 && (!trace.IsHandedOn(current[^1], leaf) || IsWithin(leaf, head) != IsWithin(current[^1], head)))
                End();
            if (!trace.RanOnce(leaf) || !CanFollow(current, leaf, isPacked))
                End();
            if (trace.RanOnce(leaf) && CanFollow(current, leaf, isPacked))
                current.Add(leaf);
        }
        End();
        return segments;

        void End()
        {
            if (current.Any(isPacked))
                segments.Add(new([.. current]));
            current.Clear();
        }
    }

    /// <summary>Convolutions with the batch normalisation and the activation that directly follow, which kernels apply as they store sums.</summary>
    /// <param name="trace">What ran.</param>
    /// <param name="isPacked">Tells layers that have a packed form.</param>
    public static IReadOnlyList<Segment> OfConvolutions(CallTrace trace, Func<TracedCall, bool> isPacked)
    {
        var leaves = trace.Leaves.ToList();
        return [.. Enumerable.Range(0, leaves.Count).Where(i => leaves[i].Layer is { Convolution: not null } && isPacked(leaves[i]) && trace.RanOnce(leaves[i]))
            .Select(i => new Segment([.. WhatFollows(trace, leaves, i)]))];
    }

    private static IEnumerable<TracedCall> WhatFollows(CallTrace trace, List<TracedCall> leaves, int first)
    {
        yield return leaves[first];
        bool hasNorm = false, hasActivation = false;
        for (int i = first + 1; i < leaves.Count && !hasActivation && trace.IsHandedOn(leaves[i - 1], leaves[i]) && trace.RanOnce(leaves[i]); i++)
        {
            bool isNorm = leaves[i].Module is BatchNorm2d { track_running_stats: true } && !hasNorm, isActivation = SpanOperators.ActivationOf(leaves[i].Module) is not null;
            if (!isNorm && !isActivation && !SpanOperators.IsNothing(leaves[i].Module))
                yield break;
            (hasNorm, hasActivation) = (hasNorm || isNorm, isActivation);
            yield return leaves[i];
        }
    }

    private static bool IsWithin(TracedCall leaf, string? path) =>
        path is not null && DottedPath.IsWithin(leaf.Path, path);

    private static bool CanFollow(List<TracedCall> current, TracedCall leaf, Func<TracedCall, bool> isPacked)
    {
        // A convolution is no operator on rows.
        if (leaf.Layer is { Convolution: not null })
            return false;
        if (leaf.Layer is not null || SpanOperators.IsNorm(leaf.Module))
            return leaf.Layer is null || isPacked(leaf);
        if (SpanOperators.IsNothing(leaf.Module))
            return current.Count > 0;
        // Kernels apply an activation as they store a product.
        return SpanOperators.ActivationOf(leaf.Module) is not null && current.LastOrDefault(call => !SpanOperators.IsNothing(call.Module)) is { } before && isPacked(before);
    }

    private TracedCall TopOf(TracedCall leaf)
    {
        var top = leaf;
        while (top.Parent is { } parent)
        {
            var within = parent.Leaves.ToList();
            if (!within.All(Leaves.Contains) || !ReferenceEquals(parent.Input, within[0].Input) || !ReferenceEquals(parent.Output, within[^1].Output))
                break;
            top = parent;
        }
        return top;
    }
}
