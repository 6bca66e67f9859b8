namespace Frugal.Data.Text.Questions;

/// <summary>Where a text's code points begin in UTF-16 code units: the same places until the first character beyond the Basic Multilingual Plane.</summary>
internal sealed class CodePoints
{
    private readonly int length;
    private readonly int[]? units;

    public CodePoints(string text)
    {
        length = text.Length;
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return;
        var starts = new List<int>(text.Length);
        for (int at = 0; at < text.Length; at += char.IsSurrogatePair(text, at) ? 2 : 1)
            starts.Add(at);
        starts.Add(text.Length);
        units = [.. starts];
    }

    /// <summary>The unit at which a code point begins, or null where there is none; the end counts.</summary>
    public int? UnitAt(int codePoint) => units is null
        ? codePoint >= 0 && codePoint <= length ? codePoint : null
        : codePoint >= 0 && codePoint < units.Length ? units[codePoint] : null;
}
