using System.Text;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>
/// How byte-level vocabularies write bytes (Radford et al. 2019): a printable Latin-1 character stands for its own byte, the rest for the characters from U+0100, in order.
/// </summary>
internal static class ByteCharacters
{
    private static readonly char[] characters = Make();
    private static readonly Dictionary<char, byte> bytes = characters.Index().ToDictionary(entry => entry.Item, entry => (byte)entry.Index);

    /// <summary>The character of every byte.</summary>
    public static IReadOnlyList<char> All => characters;

    /// <summary>Text as the vocabulary writes its UTF-8 bytes.</summary>
    public static string Of(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(value => characters[value]));

    /// <summary>The bytes of a token, or null where it is not written so.</summary>
    public static byte[]? BytesOf(string token) => token.All(bytes.ContainsKey) ? [.. token.Select(unit => bytes[unit])] : null;

    private static char[] Make()
    {
        int next = 256;
        return [.. Enumerable.Range(0, 256).Select(value => value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? (char)value : (char)next++)];
    }
}
