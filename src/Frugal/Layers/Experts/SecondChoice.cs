namespace Frugal.Layers.Experts;

/// <summary>Which choices after a token's first are followed.</summary>
public enum SecondChoice
{
    /// <summary>Every one of them.</summary>
    All,

    /// <summary>With probability weight ÷ threshold, in evaluation too (GShard).</summary>
    Random,

    /// <summary>Those whose weight is above the threshold.</summary>
    Threshold,

    /// <summary>None: one expert a token, whose weight still is its share of all choices.</summary>
    None,
}
