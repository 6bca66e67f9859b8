using System.Globalization;

namespace Frugal.Benchmarks;

/// <summary>What follows the program's name: a mode, and options with a value or without.</summary>
internal sealed class Arguments(string[] words)
{
    /// <summary>The first word, unless it is an option.</summary>
    public string Mode => words is [var first, ..] && !first.StartsWith('-') ? first : "";

    public bool Has(string name) => words.Contains(name);

    public string Text(string name, string otherwise) => Array.IndexOf(words, name) is >= 0 and var at && at + 1 < words.Length ? words[at + 1] : otherwise;

    public int Number(string name, int otherwise) => Text(name, "") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public int[] Numbers(string name, string otherwise) => [.. Text(name, otherwise).Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
}
