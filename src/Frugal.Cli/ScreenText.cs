using Spectre.Console;

namespace Frugal.Cli;

/// <summary>
/// Headings, paragraphs and two columns of text, broken at the console's width and without the trailing blanks of a table, which a pipe would keep.
/// </summary>
/// <param name="console">Where to write.</param>
internal sealed class ScreenText(IAnsiConsole console)
{
    /// <summary>Columns left for the meanings below which they go under their terms.</summary>
    private const int RoomBeside = 30;

    /// <summary>A title in bold after an empty line.</summary>
    public void Heading(string title)
    {
        console.WriteLine();
        console.Write(new Text(title, new Style(decoration: Decoration.Bold)));
        console.WriteLine();
    }

    /// <summary>Text, every line of it set in by some blanks.</summary>
    public void Paragraph(string text, int indent = 0)
    {
        foreach (string line in Broken(text, indent))
            console.WriteLine(new string(' ', indent) + line);
    }

    /// <summary>A line that is copied, and so is not broken.</summary>
    public void Verbatim(string line, int indent) => console.Profile.Out.Writer.WriteLine(new string(' ', indent) + line);

    /// <summary>Terms with their meanings beside them, or below them where the console is narrow.</summary>
    public void Terms(IReadOnlyCollection<(string Term, string Meaning)> rows)
    {
        int column = rows.Count == 0 ? 0 : rows.Max(row => row.Term.Length) + 4;
        foreach (var (term, meaning) in rows)
        {
            if (column + RoomBeside > console.Profile.Width)
            {
                Paragraph(term, 2);
                Paragraph(meaning, 6);
                continue;
            }
            string first = "  " + term.PadRight(column - 2);
            foreach (string line in Broken(meaning, column).DefaultIfEmpty(""))
            {
                console.WriteLine((first + line).TrimEnd());
                first = new string(' ', column);
            }
        }
    }

    private IEnumerable<string> Broken(string text, int indent)
    {
        int width = Math.Max(console.Profile.Width - indent, 10);
        // Before the breaking: three dots are wider than one letter.
        text = console.Profile.Capabilities.Unicode ? text : PlainLetters.Plain(text);
        foreach (string paragraph in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string line = "";
            foreach (string word in paragraph.Split(' '))
            {
                if (line.Length > 0 && line.Length + 1 + word.Length > width)
                {
                    yield return line;
                    line = "";
                }
                line += line.Length > 0 ? " " + word : word;
            }
            yield return line;
        }
    }
}
