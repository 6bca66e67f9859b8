using System.Globalization;
using System.Text;

namespace Frugal.Catalogue.Documents;

/// <summary>
/// Writes a document as YAML in the style of our recipes: <c>{ lr: 0.01 }</c> where it fits on a line, indented lines where not. YamlDotNet's emitter knows one style for
/// braces only, and writes some texts (with <c>#</c>, with tabs at the ends) so that its scanner reads something else.
/// </summary>
public static class YamlWriter
{
    /// <summary>Columns that a mapping or list may take and still stand on one line.</summary>
    private const int Width = 100;

    /// <summary>The document as YAML text that <see cref="YamlReader"/> reads back as the same document.</summary>
    public static string Write(DocumentNode node)
    {
        var text = new StringBuilder();
        if (node is DocumentMapping { Members.Count: > 0 } or DocumentList { Items.Count: > 0 })
            WriteLines(node, text, indent: 0);
        else
            text.Append(OneLine(node)).Append('\n');
        return text.ToString();
    }

    // Begins where the first line goes on: after the indentation, or after "- ".
    private static void WriteLines(DocumentNode node, StringBuilder text, int indent)
    {
        var values = node is DocumentMapping mapping
            ? mapping.Members.Select(member => (Head: Text(DocumentScalar.OfText(member.Name)) + ":", member.Value))
            : ((DocumentList)node).Items.Select(item => (Head: "-", Value: item));
        bool isFirst = true;
        foreach (var (head, value) in values)
        {
            text.Append(' ', isFirst ? 0 : indent).Append(head);
            isFirst = false;
            string line = OneLine(value);
            if (indent + head.Length + 1 + line.Length <= Width || value.Weight == 1)
                text.Append(' ').Append(line).Append('\n');
            else if (head == "-")
                WriteLines(value, text.Append(' '), indent + 2);
            else
                WriteLines(value, text.Append('\n').Append(' ', indent + 2), indent + 2);
        }
    }

    private static string OneLine(DocumentNode node) => node switch
    {
        DocumentMapping { Members.Count: 0 } => "{}",
        DocumentMapping mapping => $"{{ {string.Join(", ", mapping.Members.Select(member => $"{Text(DocumentScalar.OfText(member.Name))}: {OneLine(member.Value)}"))} }}",
        DocumentList { Items.Count: 0 } => "[]",
        DocumentList list => $"[ {string.Join(", ", list.Items.Select(OneLine))} ]",
        DocumentScalar scalar => Text(scalar),
        _ => throw new NotSupportedException($"{node.GetType()} is no YAML."),
    };

    private static string Text(DocumentScalar scalar) => scalar.IsNull ? "null" : IsPlain(scalar) ? scalar.Text : Quoted(scalar.Text);

    // Rather too many quotes than too few.
    private static bool IsPlain(DocumentScalar scalar) => !scalar.IsQuoted && (scalar.AsNumber is not null
        || (scalar.Text.All(letter => char.IsAsciiLetterOrDigit(letter) || "_./+- ".Contains(letter, StringComparison.Ordinal))
            && scalar.Text.Trim() == scalar.Text && scalar.Text[0] != '-' && scalar.Text != "..."));

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char letter in text)
            _ = letter switch
            {
                '"' or '\\' => quoted.Append('\\').Append(letter),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                _ when char.IsControl(letter) || letter is '\u2028' or '\u2029' or '\ufeff' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => quoted.Append(letter),
            };
        return quoted.Append('"').ToString();
    }
}
