using System.Globalization;
using Frugal.Data.Files;
using Frugal.Interop;

namespace Frugal.Data.Text;

/// <summary>Reads texts with classes from a table: a line each, the text, a tab, the class. The first line may be GLUE's heading, <c>sentence</c>, tab, <c>label</c>.</summary>
public static class LabelledTextFile
{
    private const string Heading = "sentence\tlabel", UnlabelledHeading = "index\tsentence";

    /// <summary>The records of a file, in its order.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <param name="classes">How many classes there are, at least 2; a class of this number or more is refused.</param>
    /// <exception cref="FrugalException">The file cannot be read, or a line is not as it should be; the message has its number.</exception>
    public static IReadOnlyList<LabelledText> Read(string path, int classes = 2)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Guard.AtLeast(classes, 2);
        var records = new List<LabelledText>();
        int number = 0;
        foreach (string line in TextFile.Lines(WholeFile.Read(path), path))
        {
            number++;
            if (number == 1 && line == UnlabelledHeading)
                throw new FrugalException($"{path} has texts without classes, as GLUE's test.tsv does; use its dev.tsv.");
            if (number > 1 || line != Heading)
                records.Add(Parse(line, classes, $"{path}, line {number}"));
        }
        return records.Count > 0 ? records : throw new FrugalException($"{path} has no texts.");
    }

    private static LabelledText Parse(string line, int classes, string place)
    {
        string[] fields = line.Split('\t');
        if (fields.Length != 2)
            throw new FrugalException($"{place}: expected a text, a tab and a class, found {fields.Length} {(fields.Length == 1 ? "field" : "fields")}: {Refusal.Quote(line)}.");
        if (string.IsNullOrWhiteSpace(fields[0]))
            throw new FrugalException($"{place}: the text is empty.");
        return int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out int label) && label < classes
            ? new LabelledText(fields[0].Trim(), label)
            : throw new FrugalException($"{place}: the class must be a whole number from 0 to {classes - 1}, found {Refusal.Quote(fields[1])}.");
    }
}
