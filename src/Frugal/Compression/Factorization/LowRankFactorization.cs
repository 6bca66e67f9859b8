using Frugal.Catalogue;
using Frugal.Recipes;

namespace Frugal.Compression;

/// <summary>
/// Replaces linear layers and convolutions by two thin ones each, from the truncated singular value decomposition of their trained weights; train on afterwards. Layers
/// that would not shrink stay as they are and are named. Convolutions with groups, or padded otherwise than with zeros, do not take part.
/// </summary>
[Entry("low-rank")]
[Capabilities(WorksOn = ["Linear", "Conv2d"], CombinesWith = ["train", "low-rank-to-dense"], ChangesShapes = true, PackedForm = "low-rank")]
public sealed class LowRankFactorization : LayerStep
{
    private const double usualEnergy = 0.9;

    /// <summary>Rank of every replaced layer, at least 1; null to go by energy or ratio.</summary>
    [Range(1, long.MaxValue)]
    [Shorthand]
    public long? Rank { get; init => field = value is { } rank ? Guard.AtLeast(rank, 1) : null; }

    /// <summary>Share of the sum of squared singular values that each layer keeps, above 0 and up to 1; null to go by rank or ratio, or to keep 0.9 when none of them is set.</summary>
    [Range(0, 1, AboveLow = true)]
    public double? Energy { get; init => field = value is { } energy ? Guard.Positive(Guard.Between(energy, 0, 1)) : null; }

    /// <summary>How many times fewer numbers the factors of each layer hold than its weight; null to go by rank or energy. Only one of the three may be set.</summary>
    [Range(1, double.PositiveInfinity)]
    public double? Ratio { get; init => field = value is { } ratio ? Guard.AtLeast(ratio, 1) : null; }

    /// <summary>What weights the new layers begin with.</summary>
    public FactorStart Init { get; init; } = FactorStart.Project;

    /// <summary>True when the classifying layer is replaced as well.</summary>
    public bool IncludeClassifier { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">More than one of rank, energy and ratio is set, a rank is above a layer's full rank, or no layer is chosen; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (new object?[] { Rank, Energy, Ratio }.Count(given => given is not null) > 1)
            throw new FrugalException(FormattableString.Invariant($"low-rank goes by rank ({Rank}), by energy ({Energy}) or by ratio ({Ratio}); set one of them only"));
        var rule = Rank is { } rank ? RankRule.Fixed(rank) : Ratio is { } ratio ? RankRule.Ratio(ratio) : RankRule.KeepEnergy(Energy ?? usualEnergy);
        var replaced = LowRank.Factorize(subject.Model, rule, SelectionIn(subject.Model, IncludeClassifier), text => subject.Report(new RunEvent.Note($"low-rank: {text}")));
        if (Init == FactorStart.Fresh)
            LowRank.Initialize(subject.Model, replaced, subject.Random, subject.History.Count);
        return subject;
    }
}
