namespace Frugal.Training.Methods.Noise;

/// <summary>How the standard deviation of gradient noise moves over the training.</summary>
public enum NoiseSchedule
{
    /// <summary>The variance falls as <c>eta / (1 + t)^gamma</c>; the paper's better choice.</summary>
    Annealed,

    /// <summary>The variance stays <c>eta</c>.</summary>
    Fixed,

    /// <summary>No noise.</summary>
    Off,
}
