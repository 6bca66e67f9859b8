using Frugal.Catalogue;

namespace Frugal.Training;

/// <summary>
/// An exponential moving average of weights and buffers, <c>e = d e + (1 - d) w</c> after every update. The model is validated with it during
/// training, and has it when training ends.
/// </summary>
public sealed class Ema
{
    /// <summary>Share d of the average that is kept. 0.99 to 0.999 for short runs.</summary>
    [Shorthand, Range(0, 1)]
    public double Decay { get; init => field = Guard.Between(value, 0, 1); } = 0.9999;

    /// <summary>
    /// Lets the average follow quickly at first: <c>d = min(decay, 1 - (1 + s/gamma)^-power)</c> with s the number of updates before this one, and 0 at the first.
    /// </summary>
    public bool WarmUp { get; init; }

    /// <summary>Number of updates that the warm-up takes for its first unit of time.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double WarmUpGamma { get; init => field = Guard.Positive(value); } = 1;

    /// <summary>How fast the warm-up comes to rest.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double WarmUpPower { get; init => field = Guard.Positive(value); } = 2.0 / 3;

    /// <summary>Updates before the warm-up begins; until then the average is a copy.</summary>
    [Range(0, long.MaxValue)]
    public long UpdateAfterStep { get; init => field = Guard.NotNegative(value); }

    /// <summary>The share d at an update.</summary>
    /// <param name="step">Number of the update, from 1.</param>
    public double DecayAt(long step)
    {
        if (!WarmUp)
            return step > UpdateAfterStep ? Decay : 0;
        double since = Math.Max(0, step - UpdateAfterStep - 1);
        return since == 0 ? 0 : Math.Min(Decay, 1 - Math.Pow(1 + since / WarmUpGamma, -WarmUpPower));
    }
}
