namespace Frugal.Layers;

/// <summary>Which rotations a longer context slows.</summary>
public enum RotaryScalingType
{
    /// <summary>All: positions are divided by the factor (Chen et al. 2023, arXiv 2306.15595).</summary>
    Linear,

    /// <summary>The slow ones, and those between two wavelengths in part, as Llama 3.1 does.</summary>
    Llama3,
}
