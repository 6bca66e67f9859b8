using System.Globalization;
using System.Reflection;
using Frugal.Catalogue.Documents;

namespace Frugal.Catalogue.Binding;

/// <summary>Scalars between their text in a document and their C# value.</summary>
internal static class ScalarText
{
    /// <summary>The value that a text stands for.</summary>
    /// <exception cref="FormatException">It stands for none; the message says what is expected.</exception>
    public static object Read(OptionShape.Scalar shape, DocumentScalar written, string label)
    {
        if (shape.Parse is { } parse)
            return Parse(parse, written, label);
        if (shape.Type == typeof(string))
            return written.Text;
        if (shape.Type == typeof(bool))
            return written.AsBool ?? throw Expected(shape, written, label);
        double number = written.AsNumber ?? throw Expected(shape, written, label);
        if (shape.Type == typeof(double))
            return number;
        if (shape.Type == typeof(float))
            return (float)number;
        if (!long.TryParse(written.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) && !IsWhole(number, out whole))
            throw Expected(shape, written, label);
        if (shape.Type == typeof(long))
            return whole;
        return whole is >= int.MinValue and <= int.MaxValue
            ? (int)whole
            : throw new FormatException($"{label} must be between {int.MinValue} and {int.MaxValue}, got {written.Text}");
    }

    /// <summary>The member that a word stands for.</summary>
    /// <exception cref="FormatException">It stands for none.</exception>
    public static object Read(OptionShape.Choice shape, DocumentScalar written, string label) => shape.Member(written.Text)
        ?? throw new FormatException($"{label} must be one of {string.Join(", ", shape.Values)}; got {written.Words}{NearestName.Hint(written.Text, shape.Values)}");

    /// <summary>The text of a value.</summary>
    public static DocumentScalar Write(object value) => value switch
    {
        bool truth => new(truth ? "true" : "false"),
        string text => DocumentScalar.OfText(text),
        double number => DocumentScalar.OfNumber(number),
        // The shortest text of the single-precision number, not of the double next to it.
        float number => new(DocumentScalar.OfNumber(double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)).Text),
        int or long => new(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)),
        Enum member => DocumentScalar.OfText(KebabCase.Of(member.ToString())),
        _ => new(value.ToString()!),
    };

    private static object Parse(MethodInfo parse, DocumentScalar written, string label)
    {
        try
        {
            return parse.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [written.Text], CultureInfo.InvariantCulture)!;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or FrugalException)
        {
            throw new FormatException($"{label}: {Refused.Reason(e)}", e);
        }
    }

    private static bool IsWhole(double number, out long whole)
    {
        bool isWhole = Math.Abs(number) < 1L << 53 && number == Math.Floor(number);
        whole = isWhole ? (long)number : 0;
        return isWhole;
    }

    private static FormatException Expected(OptionShape shape, DocumentScalar written, string label) =>
        new(shape.Type == typeof(bool) ? $"{label} must be true or false, got {written.Words}" : $"{label} must be a {shape.Words}, got {written.Words}");
}
