using System.Text;

namespace Frugal.Cli;

/// <summary>Writes what a terminal without Unicode cannot show in letters that it can: arrows, signs, dots; anything else becomes a question mark.</summary>
internal sealed class PlainLetters(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => Encoding.ASCII;

    public override void Write(char value) => inner.Write(Plain(value.ToString()));

    public override void Write(string? value) => inner.Write(Plain(value ?? ""));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Flush() => inner.Flush();

    /// <summary>The text in ASCII.</summary>
    public static string Plain(string text) => Ascii.IsValid(text) ? text : string.Concat(text.EnumerateRunes().Select(Plain));

    private static string Plain(Rune letter) => letter.Value switch
    {
        < 128 => letter.ToString(),
        '→' => "->",
        '…' => "...",
        '≤' => "<=",
        '≥' => ">=",
        '±' => "+/-",
        '×' => "x",
        '·' or '•' => "*",
        '–' or '—' or '−' => "-",
        '“' or '”' => "\"",
        '‘' or '’' => "'",
        '★' => "*",
        'µ' or 'μ' => "u",
        '✓' or '✔' => "ok",
        '✗' or '✘' => "x",
        _ => "?",
    };
}
