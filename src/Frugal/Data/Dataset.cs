namespace Frugal.Data;

/// <summary>Examples to learn from or to judge by, read by position.</summary>
public abstract class Dataset
{
    /// <summary>Number of examples.</summary>
    public abstract int Count { get; }

    /// <summary>What a model must know of the data.</summary>
    public abstract DataInfo Info { get; }

    /// <summary>Class of an example; 0 where examples have none.</summary>
    public abstract int Label(int index);

    /// <summary>What an error message calls an example: the name of its file where it has one of its own.</summary>
    public virtual string Name(int index) => $"example {index}";

    /// <summary>Some of the examples.</summary>
    /// <param name="indices">Their positions here, in the order in which they appear there.</param>
    public abstract Dataset Choose(IReadOnlyList<int> indices);

    /// <summary>
    /// Holds a share of the examples out, the same ones every time, and of each class as many as its share asks for (rounded).
    /// </summary>
    /// <param name="share">Share to hold out, at least 0 and below 1.</param>
    /// <returns>What remains, and what is held out: null when <paramref name="share"/> is 0.</returns>
    /// <exception cref="FrugalException">The share is so small that no example is held out, or so large that none remains.</exception>
    public (Dataset Remaining, Dataset? HeldOut) HoldOut(double share)
    {
        if (Guard.Fraction(share) == 0)
            return (this, null);
        var seen = new int[Math.Max(1, Info.NumClasses)];
        List<int> remaining = [], heldOut = [];
        foreach (int index in new RandomStreams(0).At("hold-out").NextPermutation(Count))
        {
            // Of the first n of a class, round(n * share) are held out: a class loses its share however few it has.
            int n = seen[Label(index)]++;
            bool isHeldOut = Math.Round((n + 1) * share) > Math.Round(n * share);
            (isHeldOut ? heldOut : remaining).Add(index);
        }
        if (heldOut.Count == 0 || remaining.Count == 0)
            throw new FrugalException($"A validation share of {share} of {Count} training examples leaves {remaining.Count} for training and {heldOut.Count} for validation.");
        remaining.Sort();
        heldOut.Sort();
        return (Choose(remaining), Choose(heldOut));
    }
}
