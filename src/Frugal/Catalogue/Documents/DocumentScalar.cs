using System.Globalization;

namespace Frugal.Catalogue.Documents;

/// <summary>A single value: text, a number, true, false or nothing. What it means depends on the option it is given to.</summary>
public sealed class DocumentScalar : DocumentNode
{
    /// <param name="text">The value as written, without quotes.</param>
    /// <param name="isQuoted">True when it can only mean text.</param>
    /// <param name="mark">Where it was written.</param>
    public DocumentScalar(string text, bool isQuoted = false, DocumentMark mark = default) : base(mark)
    {
        Text = text;
        IsQuoted = isQuoted;
    }

    /// <summary>The value as written, without quotes.</summary>
    public string Text { get; }

    /// <summary>True when it was quoted, and so can only mean text.</summary>
    public bool IsQuoted { get; }

    /// <summary>True when it says that there is no value.</summary>
    public bool IsNull => !IsQuoted && Text is "" or "~" or "null";

    /// <summary>True or false, or null when it is neither.</summary>
    public bool? AsBool => IsQuoted ? null : Text switch { "true" => true, "false" => false, _ => null };

    /// <summary>The number it is, or null when it is none; <c>.inf</c> and <c>-.inf</c> are numbers, <c>.nan</c> is not.</summary>
    public double? AsNumber => Text switch
    {
        ".inf" or "+.inf" => double.PositiveInfinity,
        "-.inf" => double.NegativeInfinity,
        _ => double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null,
    };

    /// <inheritdoc/>
    public override string Words => IsNull ? "nothing" : $"'{(Text.Length > 60 ? Text[..57] + "..." : Text)}'";

    internal override long Weight => 1;

    /// <summary>No value.</summary>
    public static DocumentScalar Null { get; } = new("null");

    /// <summary>A text, quoted where it could be taken for something else.</summary>
    public static DocumentScalar OfText(string text)
    {
        var plain = new DocumentScalar(text);
        return plain.IsNull || plain.AsBool is not null || plain.AsNumber is not null ? new(text, isQuoted: true) : plain;
    }

    /// <summary>A number, in the shortest form that reads back as the same number.</summary>
    public static DocumentScalar OfNumber(double number) => new(double.IsFinite(number)
        ? number.ToString("R", CultureInfo.InvariantCulture).Replace("E+", "e", StringComparison.Ordinal).Replace('E', 'e')
        : number > 0 ? ".inf" : "-.inf");
}
