using System.Text;
using Frugal.Interop;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Frugal.Catalogue.Documents;

/// <summary>
/// Reads YAML that may come from a stranger. The parser's events are composed here rather than by YamlDotNet's own document model, which
/// recurses as deep as the file says and expands aliases without a bound. Type tags are refused: nothing in a file chooses a type.
/// </summary>
public sealed class YamlReader
{
    /// <summary>Nodes in one document, every use of an alias counted; the largest study of ours has a few hundred.</summary>
    private const long MaxNodes = 100_000;

    private readonly Parser parser;
    private readonly string source;
    private readonly ReadLimits limits;
    private readonly Dictionary<string, DocumentNode> anchors = new(StringComparer.Ordinal);
    private long nodes;

    private YamlReader(string text, string source, ReadLimits limits)
    {
        parser = new Parser(new StringReader(text));
        this.source = source;
        this.limits = limits;
    }

    /// <summary>Reads a file, at most <see cref="ReadLimits.MaxJsonBytes"/> long and <see cref="ReadLimits.MaxJsonDepth"/> deep: recipes are bounded like configs.</summary>
    /// <exception cref="FrugalException">The file is absent, cannot be read, is too large, or is not YAML.</exception>
    public static DocumentNode ReadFile(string path, ReadLimits? limits = null)
    {
        limits ??= ReadLimits.Untrusted;
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > limits.MaxJsonBytes)
                throw TooLong(new(path, 0, 0), stream.Length, limits);
            // A pipe has no length to check first; one byte past the bound is enough to know.
            var buffer = new byte[limits.MaxJsonBytes + 1];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > limits.MaxJsonBytes)
                throw TooLong(new(path, 0, 0), length, limits);
            using var reader = new StreamReader(new MemoryStream(buffer, 0, length), new UTF8Encoding(false, throwOnInvalidBytes: true));
            return Parse(reader.ReadToEnd(), path, limits);
        }
        catch (DecoderFallbackException e)
        {
            throw new DocumentException(new(path, 0, 0), "is not UTF-8 text; save it as UTF-8", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new FrugalException($"{path} could not be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">The YAML.</param>
    /// <param name="source">What to call it in messages, usually the file's name.</param>
    /// <param name="limits">How much it may ask for; <see cref="ReadLimits.Untrusted"/> when null.</param>
    /// <exception cref="DocumentException">It is not YAML, or asks for too much.</exception>
    public static DocumentNode Parse(string text, string source, ReadLimits? limits = null)
    {
        limits ??= ReadLimits.Untrusted;
        if (text.Length > limits.MaxJsonBytes)
            throw TooLong(new(source, 0, 0), text.Length, limits);
        var reader = new YamlReader(text, source, limits);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException e)
        {
            throw new DocumentException(reader.MarkOf(e.Start), $"this is not YAML: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // The scanner's own way of giving up, on a plain value that runs into a line of tabs within braces, for one.
            throw new DocumentException(reader.MarkOf(reader.parser.Current?.End ?? Mark.Empty), "this is not YAML after this place", e);
        }
    }

    private DocumentNode ReadDocument()
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out var end))
            throw new DocumentException(MarkOf(end.Start), "the file is empty");
        parser.Consume<DocumentStart>();
        var root = ReadNode(1);
        parser.Consume<DocumentEnd>();
        if (!parser.TryConsume<StreamEnd>(out _))
            throw new DocumentException(MarkOf(parser.Current!.Start), "a second document begins here; a file holds one");
        return root;
    }

    private DocumentNode ReadNode(int depth)
    {
        var parsed = parser.Consume<ParsingEvent>();
        var mark = MarkOf(parsed.Start);
        if (depth > limits.MaxJsonDepth)
            throw new DocumentException(mark, $"nested deeper than {limits.MaxJsonDepth} levels");
        if (parsed is AnchorAlias alias)
            return Spend(Resolve(alias, mark), mark);
        if (parsed is NodeEvent { Tag.IsEmpty: false } tagged)
            throw new DocumentException(mark, $"the type tag '{tagged.Tag}' is not allowed; remove it");
        if (parsed is Scalar { Value: var value } && !IsUnicode(value))
            throw new DocumentException(mark, "this text holds half a character (a lone surrogate)");
        DocumentNode node = parsed switch
        {
            Scalar scalar => new DocumentScalar(scalar.Value, scalar.Style is not ScalarStyle.Plain, mark),
            SequenceStart => ReadList(mark, depth),
            MappingStart => ReadMapping(mark, depth),
            _ => throw new DocumentException(mark, "a value is missing here"),
        };
        if (parsed is NodeEvent { Anchor.IsEmpty: false } anchored)
            anchors[anchored.Anchor.Value] = node;
        return node is DocumentScalar ? Spend(node, mark) : node;
    }

    private DocumentNode Resolve(AnchorAlias alias, DocumentMark mark) => anchors.TryGetValue(alias.Value.Value, out var node)
        ? node
        : throw new DocumentException(mark, $"the alias '*{alias.Value.Value}' has no anchor '&{alias.Value.Value}' before it");

    private DocumentNode Spend(DocumentNode node, DocumentMark mark) => (nodes += node.Weight) <= MaxNodes
        ? node
        : throw new DocumentException(mark, $"more than {MaxNodes} values once aliases are followed");

    private DocumentList ReadList(DocumentMark mark, int depth)
    {
        var items = new List<DocumentNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));
        return new(items, mark);
    }

    private DocumentMapping ReadMapping(DocumentMark mark, int depth)
    {
        var members = new Dictionary<string, DocumentMember>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var name = ReadNode(depth + 1);
            if (name is not DocumentScalar { Text: var key })
                throw new DocumentException(name.Mark, $"{name.Words} stands where a name was expected");
            var value = ReadNode(depth + 1);
            if (!members.TryAdd(key, new(key, value, name.Mark)))
                throw new DocumentException(name.Mark, $"`{key}` is given twice, first in line {members[key].Mark.Line}; keep one");
        }
        return new([.. members.Values], mark);
    }

    private static bool IsUnicode(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }
        return true;
    }

    private DocumentMark MarkOf(Mark mark) => new(source, checked((int)mark.Line), checked((int)mark.Column));

    private static DocumentException TooLong(DocumentMark mark, long length, ReadLimits limits) =>
        new(mark, FormattableString.Invariant($"the file is {length:N0} bytes long; at most {limits.MaxJsonBytes:N0} are read"));
}
