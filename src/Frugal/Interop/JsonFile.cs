using System.Text.Json;
using System.Text.Unicode;

namespace Frugal.Interop;

/// <summary>Reads JSON from strangers: bounded size and depth, each key once, no comments; errors carry file, line and column.</summary>
public static class JsonFile
{
    /// <summary>Reads a file whole and parses it; dispose of the document after use.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">Bounds on size and depth; <see cref="ReadLimits.Untrusted"/> by default.</param>
    /// <exception cref="FrugalException">The file cannot be read, is too large, or is not valid JSON.</exception>
    public static JsonDocument Read(string path, ReadLimits? limits = null)
    {
        limits ??= ReadLimits.Untrusted;
        return Parse(ReadBytes(path, limits.MaxJsonBytes, nameof(ReadLimits.MaxJsonBytes)), path, limits);
    }

    /// <summary>Parses text that came from elsewhere.</summary>
    /// <param name="text">UTF-8, at most <see cref="ReadLimits.MaxJsonBytes"/>.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <param name="limits">Bounds on size and depth; <see cref="ReadLimits.Untrusted"/> by default.</param>
    /// <exception cref="FrugalException">The text is too long, too deep, has a key twice, or is not valid JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> text, string source, ReadLimits? limits = null)
    {
        limits ??= ReadLimits.Untrusted;
        if (text.Length > limits.MaxJsonBytes)
            throw new FrugalException($"{source} has {text.Length} bytes, more than {limits.MaxJsonBytes} ({nameof(ReadLimits)}.{nameof(ReadLimits.MaxJsonBytes)}).");
        try
        {
            CheckText(text.Span, limits.MaxJsonDepth);
            return JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = limits.MaxJsonDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException error)
        {
            throw new FrugalException($"{source} is not valid JSON: {error.Message.TrimEnd('.')}.", error);
        }
        catch (InvalidOperationException error)
        {
            throw new FrugalException($"{source} is not valid JSON: it holds text that is not valid Unicode.", error);
        }
    }

    /// <summary>Looks at every string once: the document itself would accept bytes that are not UTF-8 and fail only where a string is used.</summary>
    private static void CheckText(ReadOnlySpan<byte> text, int depth)
    {
        if (!Utf8.IsValid(text))
            throw new InvalidOperationException("not UTF-8");
        var json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = depth });
        while (json.Read())
            if (json.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && json.ValueIsEscaped)
                json.GetString();
    }

    /// <summary>The whole of a file that may have at most <paramref name="most"/> bytes.</summary>
    internal static byte[] ReadBytes(string path, long most, string limit)
    {
        using var source = ByteSource.OfFile(path);
        if (source.Length > most)
            throw new FrugalException($"{path} has {source.Length} bytes, more than {most} ({nameof(ReadLimits)}.{limit}).");
        var bytes = new byte[source.Length];
        source.Read(0, bytes, path);
        return bytes;
    }
}
