using Frugal.Catalogue;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Compression.Pruning;

/// <summary>
/// Removes the least important channels: filters, units and attention heads, each with everything tied to it, so that the model stays dense and is smaller and faster at once; train on afterwards. Channels
/// take part when all the layers that make them match the patterns; those of the network's input and output stay.
/// </summary>
[Entry("channel-pruning")]
[Capabilities(WorksOn = ["Linear", "Conv2d", "BatchNorm2d", "LayerNorm"], CombinesWith = ["train"], ChangesShapes = true)]
public sealed class ChannelPruning : LayerStep
{
    private const double usualRatio = 0.5;

    /// <summary>Share of the channels that is removed, below 1; null to go by multiply-adds, or to remove 0.5 when they are not set either. At least one channel of a group stays.</summary>
    [Range(0, 1, BelowHigh = true)]
    [Shorthand]
    public double? Ratio { get; init => field = value is { } ratio ? Guard.Fraction(ratio) : null; }

    /// <summary>Share of the model's multiply-adds that is kept, at most; as few channels go as that takes. Null to go by ratio; only one of the two may be set.</summary>
    [Range(0, 1, AboveLow = true)]
    public double? KeepMacs { get; init => field = value is { } macs ? Guard.Positive(Guard.Between(macs, 0, 1)) : null; }

    /// <summary>By what channels are judged.</summary>
    public ChannelImportance Importance { get; init; } = ChannelImportance.L1;

    /// <summary>Whether every group of channels loses the same share, or the least important go wherever they are.</summary>
    public ChannelAllocation Allocation { get; init; } = ChannelAllocation.Uniform;

    /// <summary>The channels that stay in a group are a multiple of this; 8 or 16 suit the kernels of most machines. Heads are not rounded.</summary>
    [Range(1, 1024)]
    public int RoundTo { get; init => field = Guard.Between(value, 1, 1024); } = 1;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">Both ratio and keep-macs are set, no channel can be removed, or the budget cannot be met; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (Ratio is not null && KeepMacs is not null)
            throw new FrugalException(FormattableString.Invariant($"channel-pruning goes by ratio ({Ratio}) or by keep-macs ({KeepMacs}); set one of them only"));
        var budget = (KeepMacs is { } macs ? ChannelBudget.Keep(macs) : ChannelBudget.Remove(Ratio ?? usualRatio)) with { Allocation = Allocation, RoundTo = RoundTo };
        using var example = subject.Model.Example(2, subject.Device);
        Channels.Prune(subject.Model, example, budget, Importance, Selection, text => subject.Report(new RunEvent.Note($"channel-pruning: {text}")));
        return subject;
    }
}
