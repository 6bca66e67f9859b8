namespace Frugal.Layers;

/// <summary>How a node of a selectable Kolmogorov-Arnold layer chooses the family that it keeps.</summary>
public enum KanSelectionRule
{
    /// <summary>The family that alone can best stand for what all of them compute together on training activations, with coefficients refitted to that.</summary>
    Fit,

    /// <summary>The family with the largest gate.</summary>
    Gate,
}
