using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>What FactorLLM computes (Zhao et al. 2024, arXiv 2408.11855). Axes: <c>t</c> tokens, <c>d</c> width, <c>e</c> experts, <c>m</c> hidden units.</summary>
public static class FactorMath
{
    // As in the authors' code: both distributions are kept away from 0 and 1 under the logarithm.
    private const double Margin = 1e-7;

    /// <summary>How far each expert is from the share k ÷ e of the dense block, mean over the width, <c>[t, e]</c>.</summary>
    /// <param name="experts">Output of each expert, <c>[e, t, d]</c>.</param>
    /// <param name="dense">Output of the dense block, <c>[t, d]</c>.</param>
    /// <param name="k">Experts of a token.</param>
    public static Tensor Errors(Tensor experts, Tensor dense, int k)
    {
        ArgumentNullException.ThrowIfNull(experts);
        ArgumentNullException.ThrowIfNull(dense);
        using var scope = NewDisposeScope();
        return (experts - dense * ((double)k / experts.shape[0])).square().mean([2]).t().MoveToOuterDisposeScope();
    }

    /// <summary>1 for the k experts with the smallest errors, <c>[t, e]</c>.</summary>
    /// <param name="errors"><c>[t, e]</c>.</param>
    /// <param name="k">Experts of a token.</param>
    public static Tensor Labels(Tensor errors, int k)
    {
        ArgumentNullException.ThrowIfNull(errors);
        using var scope = NewDisposeScope();
        return Largest(-errors, k).MoveToOuterDisposeScope();
    }

    /// <summary>Prior-approximate loss: divergence of the router from the softmax of the labels, KL(router ‖ labels), mean over tokens. Labels are 0 or 1 before their softmax, so the target is soft.</summary>
    /// <param name="logits">Of the router, <c>[t, e]</c>.</param>
    /// <param name="labels"><c>[t, e]</c>.</param>
    public static Tensor PriorLoss(Tensor logits, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var router = logits.softmax(-1).clamp(Margin, 1 - Margin);
        var target = labels.softmax(-1).clamp(Margin, 1 - Margin);
        return (router * (router.log() - target.log())).sum(-1).mean().MoveToOuterDisposeScope();
    }

    /// <summary>Balance term of the authors' code: mean over tokens and experts of the probabilities of the chosen ones.</summary>
    /// <param name="logits">Of the router, <c>[t, e]</c>.</param>
    /// <param name="k">Experts of a token.</param>
    public static Tensor BalanceLoss(Tensor logits, int k)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        var probabilities = logits.softmax(-1);
        return (Largest(probabilities.detach(), k) * probabilities).mean().MoveToOuterDisposeScope();
    }

    /// <summary>Parts of equal size of the hidden units, <c>[e, m ÷ e]</c>: neighbours, or a random selection.</summary>
    /// <param name="hiddenDim">Hidden units, a multiple of the experts.</param>
    /// <param name="experts">Number of experts.</param>
    /// <param name="generator">Where a random order comes from; null for neighbours.</param>
    public static Tensor Parts(long hiddenDim, int experts, Generator? generator = null)
    {
        using var scope = NewDisposeScope();
        var order = generator is null ? arange(hiddenDim) : rand([hiddenDim], generator: generator).argsort();
        return order.view(experts, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Parts of equal size in which units have similar weights: k-means on normalised rows, in which a centre takes no more than its share (the nearest pairs first).</summary>
    /// <param name="weight">Weights into the hidden units, <c>[m, d]</c>.</param>
    /// <param name="experts">Number of experts, which divides m.</param>
    /// <param name="rounds">Rounds of k-means.</param>
    public static Tensor SimilarParts(Tensor weight, int experts, int rounds = 10)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        long units = weight.shape[0], share = units / experts;
        var rows = nn.functional.normalize(weight.to(float64).cpu(), p: 2, dim: 1);
        // Each further centre is the unit least like those before it, so that the result does not depend on a draw.
        var centres = rows.narrow(0, 0, 1);
        while (centres.shape[0] < experts)
            centres = cat([centres, rows.narrow(0, rows.matmul(centres.t()).amax([1]).argmin().item<long>(), 1)], 0);
        long[] owner = [];
        for (int round = 0; round < rounds; round++)
        {
            owner = Share(rows.matmul(centres.t()), share);
            var assigned = nn.functional.one_hot(tensor(owner), experts).to(float64);
            centres = nn.functional.normalize(assigned.t().matmul(rows), p: 2, dim: 1);
        }
        return tensor([.. Enumerable.Range(0, (int)units).OrderBy(unit => owner[unit]).Select(unit => (long)unit)], dtype: int64).view(experts, share).MoveToOuterDisposeScope();
    }

    private static long[] Share(Tensor similarity, long share)
    {
        var (units, experts) = ((int)similarity.shape[0], (int)similarity.shape[1]);
        double[] values = [.. similarity.contiguous().data<double>()];
        long[] owner = new long[units], taken = new long[experts];
        Array.Fill(owner, -1);
        foreach (int pair in Enumerable.Range(0, values.Length).OrderByDescending(pair => values[pair]))
        {
            var (unit, expert) = (pair / experts, pair % experts);
            if (owner[unit] >= 0 || taken[expert] >= share)
                continue;
            owner[unit] = expert;
            taken[expert]++;
        }
        return owner;
    }

    private static Tensor Largest(Tensor values, int k) => zeros_like(values).scatter(-1, values.topk(k, dim: -1).indexes, ones_like(values));
}
