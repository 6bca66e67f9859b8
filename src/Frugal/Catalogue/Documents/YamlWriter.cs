using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Frugal.Catalogue.Documents;

/// <summary>Writes a document as YAML, small mappings and lists on one line.</summary>
public static class YamlWriter
{
    /// <summary>Values that a mapping or list may hold and still stand on one line.</summary>
    private const int MostOnOneLine = 9;

    /// <summary>The document as YAML text that <see cref="YamlReader"/> reads back as the same document.</summary>
    public static string Write(DocumentNode node)
    {
        var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, newLine: "\n"));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(node, emitter, isRoot: true);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(DocumentNode node, Emitter emitter, bool isRoot = false)
    {
        bool onOneLine = !isRoot && node.Weight <= MostOnOneLine;
        switch (node)
        {
            case DocumentMapping mapping:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, onOneLine ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var member in mapping.Members)
                {
                    Emit(DocumentScalar.OfText(member.Name), emitter);
                    Emit(member.Value, emitter);
                }
                emitter.Emit(new MappingEnd());
                break;
            case DocumentList list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, onOneLine ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in list.Items)
                    Emit(item, emitter);
                emitter.Emit(new SequenceEnd());
                break;
            case DocumentScalar scalar:
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, scalar.IsNull ? "null" : scalar.Text, IsPlain(scalar) ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted, true, true));
                break;
        }
    }

    // Rather too many quotes than too few: the emitter and the scanner disagree about some texts with '#', tabs and spaces at the ends.
    private static bool IsPlain(DocumentScalar scalar) => scalar.IsNull || scalar.AsNumber is not null
        ? !scalar.IsQuoted
        : !scalar.IsQuoted && scalar.Text.All(letter => char.IsLetterOrDigit(letter) || "_./+- ".Contains(letter, StringComparison.Ordinal))
          && scalar.Text.Trim() == scalar.Text && scalar.Text[0] != '-' && scalar.Text != "...";
}
