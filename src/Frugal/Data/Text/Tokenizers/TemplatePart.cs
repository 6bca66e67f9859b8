namespace Frugal.Data.Text.Tokenizers;

/// <summary>One place in the form that texts are given to a model.</summary>
/// <param name="Special">The special token that stands there, or null where a text does.</param>
/// <param name="Text">Which text: 0 the first, 1 the second; -1 for a special token.</param>
/// <param name="Segment">The segment id of what stands there.</param>
public sealed record TemplatePart(string? Special, int Text, int Segment)
{
    /// <summary>A special token.</summary>
    public static TemplatePart Of(string special, int segment = 0) => new(special, -1, segment);

    /// <summary>The first text.</summary>
    public static TemplatePart First(int segment = 0) => new(null, 0, segment);

    /// <summary>The second text.</summary>
    public static TemplatePart Second(int segment = 0) => new(null, 1, segment);
}
