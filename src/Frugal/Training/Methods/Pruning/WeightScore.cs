namespace Frugal.Training.Methods.Pruning;

/// <summary>By what single weights are judged.</summary>
public enum WeightScore
{
    /// <summary>Their magnitude.</summary>
    Magnitude,

    /// <summary>Their magnitude times the size of the input that they weigh, measured on calibration examples (Sun et al. 2023, Wanda, arXiv 2306.11695).</summary>
    Wanda,
}
