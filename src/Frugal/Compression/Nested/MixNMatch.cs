using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Recipes;
using static System.FormattableString;

namespace Frugal.Compression;

/// <summary>
/// Cuts feed-forward blocks down to their first hidden units, to any width for each block: the extraction of a model that was trained by <c>matformer</c> (Devvrit et al. 2023, Mix'n'Match, section 3.3). What comes out
/// is an ordinary smaller model.
/// </summary>
/// <remarks>
/// Where all blocks end up alike and the architecture can say so, the model is one of that architecture with a narrower feed-forward block, which other programs load as well; otherwise the saved model lists the
/// layers that differ. Measures <c>feed-forward-share</c>, the part of the hidden units that is left.
/// </remarks>
[Entry("mix-n-match", Paper = "matformer")]
[Capabilities(WorksOn = ["feed-forward block"], CombinesWith = ["matformer", "measure-agreement", "quantize-int8", "train"], ChangesShapes = true)]
public sealed class MixNMatch : Step
{
    /// <summary>Name of the measure of what is left.</summary>
    internal const string ShareMetric = "feed-forward-share";

    /// <summary>Share of the hidden units that each block keeps, from input to output, or one for all blocks; also between the trained granularities. Empty to fit <see cref="KeepParameters"/>.</summary>
    [Range(0, 1, AboveLow = true)]
    [Shorthand]
    public IReadOnlyList<double> Shares { get; init => field = NestedShares.Each(value); } = [];

    /// <summary>Most parameters that the model keeps, as a share of its parameters: widths then come from <see cref="Granularities"/> by the paper's rule, not falling with depth and by the smallest changes.</summary>
    [Range(0, 1, AboveLow = true)]
    public double KeepParameters { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.75;

    /// <summary>Shares that the rule chooses from, ascending; the whole is always one of them.</summary>
    [Range(0, 1, AboveLow = true)]
    public IReadOnlyList<double> Granularities { get; init => field = NestedShares.Ascending(value); } = NestedWidths.Published;

    /// <summary>Patterns over the paths of feed-forward blocks, <c>*</c> standing for anything; a block must match one of them.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Patterns of blocks that stay whole.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no feed-forward block, another number of them than there are shares, or more parameters outside of them than it may keep; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var blocks = FeedForwardBlock.In(subject.Model, new(Include, Exclude));
        var widths = Widths(subject.Model, blocks);
        subject.Metrics[ShareMetric] = widths.Sum() / (double)blocks.Sum(block => block.HiddenDim);
        subject.Report(new RunEvent.Note(Invariant($"mix-n-match keeps {string.Join(", ", widths)} of {string.Join(", ", blocks.Select(block => block.HiddenDim))} hidden units")));
        NestedExtraction.Cut(subject.Model, blocks, widths);
        if (NestedExtraction.Plain(subject.Model, widths) is { } plain)
        {
            subject.Model.Dispose();
            subject.Model = plain;
        }
        return subject;
    }

    private IReadOnlyList<long> Widths(Model model, IReadOnlyList<FeedForwardBlock> blocks)
    {
        if (Shares.Count > 1 && Shares.Count != blocks.Count)
            throw new FrugalException($"mix-n-match has {Shares.Count} shares for {blocks.Count} feed-forward blocks: give one for each, or one for all. They are {string.Join(", ", blocks.Select(block => block.Path))}");
        if (Shares.Count > 0)
            return [.. blocks.Select((block, i) => NestedWidths.Of(block.HiddenDim, Shares[Math.Min(i, Shares.Count - 1)]))];
        long all = model.parameters().Sum(parameter => parameter.numel()), kept = (long)Math.Floor(all * KeepParameters);
        IReadOnlyList<long>[] removable = [.. blocks.Select(block => (IReadOnlyList<long>)[.. Granularities.Select(share => (block.HiddenDim - NestedWidths.Of(block.HiddenDim, share)) * NestedWidths.ParametersPerUnit(block))])];
        var chosen = NestedWidths.Choose(removable, all - kept)
            ?? throw new FrugalException(Invariant($"mix-n-match cannot leave {kept} of {all} parameters: with every feed-forward block at {Granularities[0]} there are still {all - removable.Sum(block => block[0])}"));
        return [.. blocks.Select((block, i) => NestedWidths.Of(block.HiddenDim, Granularities[chosen[i]]))];
    }
}
