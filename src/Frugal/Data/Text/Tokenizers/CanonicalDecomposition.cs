using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>
/// Unicode's canonical decomposition of single characters (NFD without putting marks in order, which those who drop marks do not need). .NET's own <c>Normalize</c> does
/// nothing where globalisation is invariant, as it is here so that results do not depend on a machine's ICU.
/// </summary>
internal static class CanonicalDecomposition
{
    private const string Resource = "canonical-decompositions.txt";
    // Hangul syllables, the Unicode Standard section 3.12.
    private const int FirstSyllable = 0xAC00, LastSyllable = 0xD7A3, FirstLead = 0x1100, FirstVowel = 0x1161, FirstTail = 0x11A7, Vowels = 21, Tails = 28;
    private static readonly FrozenDictionary<int, Rune[]> table = Read();

    /// <summary>What a character stands for, itself where it stands for nothing else.</summary>
    public static ReadOnlySpan<Rune> Of(ref readonly Rune rune)
    {
        if (rune.Value is >= FirstSyllable and <= LastSyllable)
            return Syllable(rune.Value - FirstSyllable);
        return table.TryGetValue(rune.Value, out var parts) ? parts : new ReadOnlySpan<Rune>(in rune);
    }

    private static Rune[] Syllable(int index)
    {
        var (lead, vowel, tail) = (new Rune(FirstLead + index / (Vowels * Tails)), new Rune(FirstVowel + index / Tails % Vowels), index % Tails);
        return tail == 0 ? [lead, vowel] : [lead, vowel, new Rune(FirstTail + tail)];
    }

    private static FrozenDictionary<int, Rune[]> Read()
    {
        using var stream = typeof(CanonicalDecomposition).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        var entries = new Dictionary<int, Rune[]>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            int[] points = [.. line.Split(' ').Select(point => int.Parse(point, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
            entries.Add(points[0], [.. points.Skip(1).Select(point => new Rune(point))]);
        }
        return entries.ToFrozenDictionary();
    }
}
