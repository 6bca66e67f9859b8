namespace Frugal.Training;

/// <summary>What training does when a loss or gradient is not a finite number.</summary>
public enum NonFiniteAction
{
    /// <summary>Stops with a message that names update, layer and parameter, and writes a crash checkpoint.</summary>
    Stop,

    /// <summary>Leaves the update out, and says at the end how many were.</summary>
    Skip,
}
