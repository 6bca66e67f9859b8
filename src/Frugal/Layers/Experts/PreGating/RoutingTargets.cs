using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>What a router that decides before the network runs learns from: how much of each expert the dense network used (Cai et al. 2024, Read-ME, section 3.2).</summary>
public static class RoutingTargets
{
    // The authors count activities above five thresholds and divide by three times the expert's units.
    private const int Steps = 5;
    private const double Divisor = 3;

    /// <summary>The authors' soft targets: activities above five thresholds, matched with the private units of each expert, centred and sharpened, <c>[…, experts]</c>.</summary>
    /// <param name="feature">What goes into the last layer of the dense block, signed, <c>[…, hidden]</c>.</param>
    /// <param name="isPrivate">Private units, <c>[experts, hidden]</c>.</param>
    /// <param name="gain">Factor of the centred matches.</param>
    /// <returns>Logits of the targets.</returns>
    public static Tensor Matches(Tensor feature, Tensor isPrivate, double gain = 10)
    {
        ArgumentNullException.ThrowIfNull(feature);
        ArgumentNullException.ThrowIfNull(isPrivate);
        using var scope = NewDisposeScope();
        long count = isPrivate[0].sum().to(int64).item<long>();
        var sorted = feature.sort(dim: -1, descending: true).Values;
        var activity = zeros_like(feature);
        // Ranks count − 1, 4 count ÷ 5, … from the largest on.
        foreach (long rank in Enumerable.Range(1, Steps).Select(step => step == Steps ? count - 1 : step * count / Steps))
            activity = activity + feature.gt(sorted.narrow(-1, Math.Max(0, rank), 1)).to(feature.dtype);
        var matches = (activity / (Divisor * Math.Max(1, count))).matmul(isPrivate.to(feature.dtype).t());
        return ((matches - matches.mean()) * gain).MoveToOuterDisposeScope();
    }

    /// <summary>The paper's targets: units that are among the most active of the dense block and in an expert, <c>softmax(overlap)</c>, <c>[…, experts]</c>.</summary>
    /// <param name="feature">What goes into the last layer of the dense block, <c>[…, hidden]</c>.</param>
    /// <param name="masks">Units of the experts, <c>[experts, hidden]</c>.</param>
    /// <param name="keepRate">Share of the units that count as active.</param>
    public static Tensor Overlap(Tensor feature, Tensor masks, double keepRate = 0.5)
    {
        ArgumentNullException.ThrowIfNull(feature);
        ArgumentNullException.ThrowIfNull(masks);
        using var scope = NewDisposeScope();
        var magnitude = feature.abs();
        var most = magnitude.topk((int)Math.Max(1, feature.shape[^1] * Guard.Between(keepRate, 0, 1, nameof(keepRate))), dim: -1).indexes;
        return zeros_like(magnitude).scatter_(-1, most, ones_like(magnitude)).matmul(masks.to(feature.dtype).t()).softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>The authors' loss: <c>α · CE(label, smoothed) + (1 − α) · CE(soft target)</c>, mean over tokens.</summary>
    /// <param name="logits">Of the router, <c>[…, experts]</c>.</param>
    /// <param name="matches">From <see cref="Matches"/>.</param>
    /// <param name="alpha">Weight of the hard labels.</param>
    /// <param name="smoothing">Label smoothing.</param>
    /// <param name="temperature">What logits and matches are divided by in the soft part.</param>
    public static Tensor Loss(Tensor logits, Tensor matches, double alpha = 0.75, double smoothing = 0.5, double temperature = 1)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(matches);
        using var scope = NewDisposeScope();
        Tensor flat = logits.flatten(0, -2), targets = matches.detach().flatten(0, -2);
        var hard = functional.cross_entropy(flat, targets.argmax(-1), label_smoothing: smoothing);
        var soft = -((targets / temperature).softmax(-1) * (flat / temperature).log_softmax(-1)).sum(-1).mean();
        return (alpha * hard + (1 - alpha) * soft).MoveToOuterDisposeScope();
    }

    /// <summary>The paper's loss: <c>KL(softmax(logits) ‖ target)</c>, mean over tokens.</summary>
    /// <param name="logits">Of the router, <c>[…, experts]</c>.</param>
    /// <param name="target">From <see cref="Overlap"/>.</param>
    public static Tensor Divergence(Tensor logits, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(target);
        using var scope = NewDisposeScope();
        var own = logits.log_softmax(-1);
        return (own.exp() * (own - target.detach().clamp_min(1e-30).log())).sum(-1).mean().MoveToOuterDisposeScope();
    }
}
