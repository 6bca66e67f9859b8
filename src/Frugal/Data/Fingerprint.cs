using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Frugal.Data;

/// <summary>Short hashes that tell one dataset from another.</summary>
internal static class Fingerprint
{
    private const int HexDigits = 16;

    /// <summary>A hash of values in their order, each written so that it reads back the same.</summary>
    public static string Of(params ReadOnlySpan<object> values)
    {
        var text = new StringBuilder();
        foreach (object value in values)
            text.Append(CultureInfo.InvariantCulture, $"{value}\n");
        return Of(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>A hash of bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Short(SHA256.HashData(bytes));

    /// <summary>The part of a SHA-256 that is shown and compared.</summary>
    public static string Short(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash)[..HexDigits];
}
