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

    /// <summary>
    /// Those with the largest logit (DeepSpeed's top-k by probability). As there, a token that did not choose the expert counts with a logit of 0 and takes room too, so that a choice with a negative logit finds
    /// room only where there is some for every token that did not choose.
    /// </summary>
    Logit,
}
