namespace Frugal.Training.Methods.Pruning;

/// <summary>How a sparsity is shared out among layers.</summary>
public enum PruningAllocation
{
    /// <summary>The same share of every layer, as in the paper.</summary>
    Uniform,

    /// <summary>The smallest weights, wherever they are: one threshold for all layers. At least one block of every layer stays.</summary>
    Global,
}
