namespace Frugal;

/// <summary>What a <see cref="Duration"/> counts.</summary>
public enum DurationUnit
{
    /// <summary>A share of the whole training, between 0 and 1.</summary>
    Share,

    /// <summary>Passes over the training data.</summary>
    Epochs,

    /// <summary>Optimiser updates.</summary>
    Batches,
}
