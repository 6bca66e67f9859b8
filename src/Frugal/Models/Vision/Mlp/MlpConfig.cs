using Frugal.Catalogue;
using Frugal.Layers;

namespace Frugal.Models.Vision;

/// <summary>
/// Fully connected network on the flattened image. The default, 300 and 100 hidden units, is LeNet-300-100, the classic small subject of pruning
/// (LeCun et al., "Gradient-based learning applied to document recognition", 1998).
/// </summary>
[Entry("mlp")]
public sealed record MlpConfig : ImageModelConfig
{
    private readonly IReadOnlyList<int> hiddenSizes = [300, 100];
    private readonly double dropRate;

    /// <summary>Units of each hidden layer, from the input on; none makes a linear classifier.</summary>
    public IReadOnlyList<int> HiddenSizes
    {
        get => hiddenSizes;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (int size in value)
                Guard.Between(size, 1, 1_000_000);
            hiddenSizes = value;
        }
    }

    /// <summary>Non-linearity after each hidden layer.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>Share of hidden units that dropout sets to zero in training.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double DropRate { get => dropRate; init => dropRate = Guard.Fraction(value); }

    /// <inheritdoc/>
    public override PublishedInput PublishedInput => PublishedInput.Digits;

    /// <inheritdoc/>
    public override double LeastParameters => HiddenSizes.Zip(HiddenSizes.Skip(1), (from, to) => (double)from * to).Sum()
        + (HiddenSizes.Count > 0 ? (double)HiddenSizes[0] * (InChannels ?? 1) * (ImageSize?.Height ?? 1) * (ImageSize?.Width ?? 1) : 0);

    /// <inheritdoc/>
    protected override Model Create() => new Mlp(this);
}
