using System.Text.Json;

namespace Frugal.Catalogue.Documents;

/// <summary>Turns JSON that a bounded reader has parsed into a document. JSON keeps no positions, so messages name the source alone.</summary>
public static class JsonReader
{
    /// <summary>The document that an element stands for.</summary>
    /// <param name="element">Parsed JSON.</param>
    /// <param name="source">What to call it in messages, usually the file's name.</param>
    /// <exception cref="DocumentException">A name occurs twice in one object.</exception>
    public static DocumentNode Read(JsonElement element, string source)
    {
        var mark = new DocumentMark(source, 0, 0);
        return element.ValueKind switch
        {
            JsonValueKind.Object => ReadObject(element, source, mark),
            JsonValueKind.Array => new DocumentList([.. element.EnumerateArray().Select(item => Read(item, source))], mark),
            JsonValueKind.String => new DocumentScalar(element.GetString()!, isQuoted: true, mark),
            JsonValueKind.Undefined => new DocumentScalar("null", isQuoted: false, mark),
            _ => new DocumentScalar(element.GetRawText(), isQuoted: false, mark),
        };
    }

    private static DocumentMapping ReadObject(JsonElement element, string source, DocumentMark mark)
    {
        var members = new Dictionary<string, DocumentMember>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
            if (!members.TryAdd(property.Name, new(property.Name, Read(property.Value, source), mark)))
                throw new DocumentException(mark, $"`{property.Name}` is given twice; keep one");
        return new([.. members.Values], mark);
    }
}
