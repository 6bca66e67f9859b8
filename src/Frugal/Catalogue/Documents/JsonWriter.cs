using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Frugal.Catalogue.Documents;

/// <summary>Writes a document as JSON.</summary>
public static class JsonWriter
{
    /// <summary>The document as JSON text.</summary>
    /// <param name="node">The document.</param>
    /// <param name="indented">True for a text that people read.</param>
    public static string Write(DocumentNode node, bool indented = true)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new() { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(node, writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes the document at the writer's position.</summary>
    public static void Write(DocumentNode node, Utf8JsonWriter writer)
    {
        switch (node)
        {
            case DocumentMapping mapping:
                writer.WriteStartObject();
                foreach (var member in mapping.Members)
                {
                    writer.WritePropertyName(member.Name);
                    Write(member.Value, writer);
                }
                writer.WriteEndObject();
                break;
            case DocumentList list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                    Write(item, writer);
                writer.WriteEndArray();
                break;
            case DocumentScalar scalar:
                Write(scalar, writer);
                break;
        }
    }

    private static void Write(DocumentScalar scalar, Utf8JsonWriter writer)
    {
        if (scalar.IsNull)
            writer.WriteNullValue();
        else if (scalar.AsBool is { } truth)
            writer.WriteBooleanValue(truth);
        else if (!scalar.IsQuoted && IsJsonNumber(scalar.Text))
            writer.WriteRawValue(scalar.Text);
        else
            writer.WriteStringValue(scalar.Text);
    }

    // YAML knows numbers that JSON does not: .inf, +1, 1., .5, 007. Those stay texts, which the binder reads as the numbers they are.
    private static bool IsJsonNumber(string text)
    {
        if (text.Length == 0 || !(char.IsAsciiDigit(text[0]) || text[0] == '-'))
            return false;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.BytesConsumed == Encoding.UTF8.GetByteCount(text) && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
