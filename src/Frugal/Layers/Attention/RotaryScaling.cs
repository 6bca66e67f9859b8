using Frugal.Catalogue;

namespace Frugal.Layers;

/// <summary>How rotary embeddings are stretched to longer sequences than the model was trained on; the names are those of <c>rope_scaling</c> in a configuration.</summary>
public sealed record RotaryScaling
{
    /// <summary>Which rotations are slowed.</summary>
    public RotaryScalingType Type { get; init; }

    /// <summary>How many times longer. Above 0.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public required double Factor { get; init => field = Guard.Positive(value); }

    /// <summary>For <c>llama3</c>: wavelengths above <see cref="OriginalMaxPositions"/> ÷ this are divided fully. Default 1.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double LowFrequencyFactor { get; init => field = Guard.Positive(value); } = 1;

    /// <summary>For <c>llama3</c>: wavelengths below <see cref="OriginalMaxPositions"/> ÷ this are left alone. Default 4.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double HighFrequencyFactor { get; init => field = Guard.Positive(value); } = 4;

    /// <summary>For <c>llama3</c>: tokens of a sequence that the model was trained on. Default 8,192.</summary>
    [Range(1, long.MaxValue)]
    public long OriginalMaxPositions { get; init => field = Guard.AtLeast(value, 1); } = 8192;

    /// <summary>A frequency, in radians a token, after stretching.</summary>
    internal double Apply(double frequency)
    {
        if (Type == RotaryScalingType.Linear)
            return frequency / Factor;
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < OriginalMaxPositions / HighFrequencyFactor)
            return frequency;
        if (wavelength > OriginalMaxPositions / LowFrequencyFactor)
            return frequency / Factor;
        double smooth = (OriginalMaxPositions / wavelength - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return (1 - smooth) * frequency / Factor + smooth * frequency;
    }
}
