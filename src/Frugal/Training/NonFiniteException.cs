namespace Frugal.Training;

/// <summary>Training stopped because a loss, a gradient or a weight was not a finite number.</summary>
/// <param name="message">At which update, which layer and parameter, which examples, and what may help.</param>
/// <param name="update">Number of the update, from 0.</param>
/// <param name="layer">Path of the first layer whose output was not finite, or null when all were.</param>
/// <param name="parameter">Path of the first parameter whose value or gradient was not finite, or null when all were.</param>
public sealed class NonFiniteException(string message, long update, string? layer, string? parameter) : FrugalException(message)
{
    /// <summary>Number of the update, from 0.</summary>
    public long Update { get; } = update;

    /// <summary>Path of the first layer whose output was not finite, or null when all were.</summary>
    public string? Layer { get; } = layer;

    /// <summary>Path of the first parameter whose value or gradient was not finite, or null when all were.</summary>
    public string? Parameter { get; } = parameter;
}
