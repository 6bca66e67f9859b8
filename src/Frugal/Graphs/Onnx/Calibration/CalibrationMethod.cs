namespace Frugal.Graphs.Onnx.Calibration;

/// <summary>How the range that an activation's 256 steps cover is found from calibration examples.</summary>
public enum CalibrationMethod
{
    /// <summary>From the smallest to the largest value seen: nothing is cut, and one outlier makes every step coarse.</summary>
    MinMax,

    /// <summary>The range that leaves out a given share of the values at either end.</summary>
    Percentile,

    /// <summary>The range with the least mean squared difference between the values and their rounded, cut selves.</summary>
    Mse,
}
