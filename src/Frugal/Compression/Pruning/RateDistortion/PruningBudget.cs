namespace Frugal.Compression.Pruning;

/// <summary>What a pruning budget counts.</summary>
public enum PruningBudget
{
    /// <summary>Weights that are not zero.</summary>
    Weights,

    /// <summary>Multiply-adds with weights that are not zero: each weight counts as often as the layer's output has positions.</summary>
    Macs,
}
