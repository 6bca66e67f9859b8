namespace Frugal.Compression.Pruning;

/// <summary>How the change of a network's outputs is taken together over the calibration examples.</summary>
public enum DistortionForm
{
    /// <summary>The largest mean square over one example's outputs, as in the paper's runs.</summary>
    Worst,

    /// <summary>The mean square over all examples and outputs.</summary>
    Mean,
}
