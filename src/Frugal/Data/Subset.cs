namespace Frugal.Data;

/// <summary>Some of the examples of another dataset.</summary>
/// <param name="source">The other dataset.</param>
/// <param name="indices">Positions in it, in the order in which they appear here.</param>
public sealed class Subset(Dataset source, IReadOnlyList<int> indices) : Dataset
{
    /// <inheritdoc/>
    public override int Count => indices.Count;

    /// <inheritdoc/>
    public override DataInfo Info => source.Info;

    /// <inheritdoc/>
    public override int Label(int index) => source.Label(indices[index]);

    /// <inheritdoc/>
    public override string Name(int index) => source.Name(indices[index]);

    /// <inheritdoc/>
    public override Image Read(int index) => source.Read(indices[index]);

    /// <inheritdoc/>
    public override Image Fit(Image image) => source.Fit(image);

    /// <inheritdoc/>
    public override void Finish(int index, Span<float> pixels) => source.Finish(indices[index], pixels);

    /// <summary>
    /// Holds a share of the examples out, the same ones every time, and of each class as many as its share asks for (rounded).
    /// </summary>
    /// <param name="data">All examples.</param>
    /// <param name="share">Share to hold out, at least 0 and below 1.</param>
    /// <returns>What remains, and what is held out: null when <paramref name="share"/> is 0.</returns>
    /// <exception cref="FrugalException">The share is so small that no example is held out, or so large that none remains.</exception>
    public static (Dataset Remaining, Dataset? HeldOut) HoldOut(Dataset data, double share)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (Guard.Fraction(share) == 0)
            return (data, null);
        var seen = new int[data.Info.NumClasses];
        List<int> remaining = [], heldOut = [];
        foreach (int index in new RandomStreams(0).At("hold-out").NextPermutation(data.Count))
        {
            // Of the first n of a class, round(n * share) are held out: a class loses its share however few it has.
            int n = seen[data.Label(index)]++;
            bool isHeldOut = Math.Round((n + 1) * share) > Math.Round(n * share);
            (isHeldOut ? heldOut : remaining).Add(index);
        }
        if (heldOut.Count == 0 || remaining.Count == 0)
            throw new FrugalException($"A validation share of {share} of {data.Count} training examples leaves {remaining.Count} for training and {heldOut.Count} for validation.");
        remaining.Sort();
        heldOut.Sort();
        return (new Subset(data, remaining), new Subset(data, heldOut));
    }
}
