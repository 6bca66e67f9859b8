namespace Frugal.Layers.Experts;

/// <summary>Which tokens find room in an expert that too many chose.</summary>
public enum CapacityOrder
{
    /// <summary>All first choices before any second one, each in the order of the tokens (GShard).</summary>
    Choice,

    /// <summary>The first tokens, whichever of their choices it is (WideNet).</summary>
    Token,

    /// <summary>A random selection (DeepSpeed's random token selection).</summary>
    Random,
}
