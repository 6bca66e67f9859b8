namespace Frugal.Data.Mixing;

/// <summary>For whom the strength and kind of mixing are drawn.</summary>
public enum MixMode
{
    /// <summary>Once for the batch.</summary>
    Batch,

    /// <summary>For each pair of examples that are mixed with each other.</summary>
    Pair,

    /// <summary>For each example.</summary>
    Elem,
}
