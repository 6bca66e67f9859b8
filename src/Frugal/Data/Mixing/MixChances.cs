namespace Frugal.Data.Mixing;

/// <summary>How often and how strongly examples are mixed; the defaults are the common recipe for transformers.</summary>
public sealed record MixChances
{
    private readonly double mixupAlpha = 0.8;
    private readonly double cutmixAlpha = 1;
    private readonly double probability = 1;
    private readonly double switchProbability = 0.5;

    /// <summary>α of mixup's Beta(α, α), at least 0; 0 for no mixup. Default 0.8.</summary>
    public double MixupAlpha { get => mixupAlpha; init => mixupAlpha = Guard.NotNegative(value); }

    /// <summary>α of CutMix's Beta(α, α), at least 0; 0 for no CutMix. Default 1.</summary>
    public double CutmixAlpha { get => cutmixAlpha; init => cutmixAlpha = Guard.NotNegative(value); }

    /// <summary>Chance that anything is mixed, 0 to 1. Default 1.</summary>
    public double Probability { get => probability; init => probability = Guard.Between(value, 0, 1); }

    /// <summary>Chance that it is CutMix where both are on, 0 to 1. Default 0.5.</summary>
    public double SwitchProbability { get => switchProbability; init => switchProbability = Guard.Between(value, 0, 1); }

    /// <summary>Smallest and largest share of a side that a CutMix box takes, drawn uniformly; null for boxes whose area follows λ. Default null.</summary>
    public (double Low, double High)? CutmixMinMax { get; init; }

    /// <summary>Draws how the examples of a batch are mixed.</summary>
    /// <param name="mode">For whom to draw.</param>
    /// <param name="batch">Number of examples.</param>
    /// <param name="height">Height of an image.</param>
    /// <param name="width">Width of an image.</param>
    /// <param name="random">The stream of this update.</param>
    /// <returns>A mix for each example.</returns>
    public ExampleMix[] Draw(MixMode mode, int batch, int height, int width, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var mixes = new ExampleMix[batch];
        switch (mode)
        {
            case MixMode.Batch:
                Array.Fill(mixes, DrawOne(height, width, random));
                break;
            case MixMode.Pair:
                // Partners are i and B-1-i; in an odd batch the one in the middle is its own.
                for (int i = 0; i < (batch + 1) / 2; i++)
                    mixes[i] = mixes[batch - 1 - i] = DrawOne(height, width, random);
                break;
            default:
                for (int i = 0; i < batch; i++)
                    mixes[i] = DrawOne(height, width, random);
                break;
        }
        return mixes;
    }

    private ExampleMix DrawOne(int height, int width, RandomStream random)
    {
        if ((MixupAlpha == 0 && CutmixAlpha == 0) || !random.NextBool(Probability))
            return ExampleMix.None;
        bool cuts = CutmixAlpha > 0 && (MixupAlpha == 0 || random.NextBool(SwitchProbability));
        double lambda = BetaDistribution.Draw(cuts ? CutmixAlpha : MixupAlpha, random);
        if (!cuts)
            return ExampleMix.Average(lambda);
        var box = CutmixMinMax is var (low, high)
            ? MixBox.DrawBetween(height, width, low, high, random)
            : MixBox.Draw(height, width, lambda, random);
        return ExampleMix.Cut(box, height, width);
    }
}
