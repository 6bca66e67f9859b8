using System.Text;
using System.Text.Unicode;

namespace Frugal.Data.Text;

/// <summary>Cuts text from strangers into lines: UTF-8 only, with the line of what is wrong.</summary>
internal static class TextFile
{
    private static readonly byte[] mark = [0xEF, 0xBB, 0xBF];

    /// <summary>The lines of a text, without their ends (LF or CR LF) and without a byte order mark; an empty line at the end is none.</summary>
    /// <exception cref="FrugalException">A line is no UTF-8; the message has its number.</exception>
    public static IEnumerable<string> Lines(byte[] bytes, string source)
    {
        int number = 0;
        for (int at = bytes.AsSpan().StartsWith(mark) ? mark.Length : 0; at < bytes.Length;)
        {
            int length = bytes.AsSpan(at).IndexOf((byte)'\n');
            int end = length < 0 ? bytes.Length : at + length;
            yield return Decode(bytes.AsSpan(at, end - at), ++number, source);
            at = end + 1;
        }
    }

    private static string Decode(ReadOnlySpan<byte> line, int number, string source)
    {
        if (!Utf8.IsValid(line))
            throw new FrugalException($"{source}, line {number}: not valid UTF-8. Convert the file to UTF-8.");
        return Encoding.UTF8.GetString(line.EndsWith((byte)'\r') ? line[..^1] : line);
    }
}
