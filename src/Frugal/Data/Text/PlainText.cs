using Frugal.Data.Files;

namespace Frugal.Data.Text;

/// <summary>Reads text for language models.</summary>
public static class PlainText
{
    /// <summary>The text of a file: UTF-8, without a byte order mark, lines ended by LF.</summary>
    /// <exception cref="FrugalException">The file cannot be read, is empty, or is no UTF-8; the message has the line.</exception>
    public static string Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string text = string.Join('\n', TextFile.Lines(WholeFile.Read(path), path));
        return string.IsNullOrWhiteSpace(text) ? throw new FrugalException($"{path} has no text.") : text;
    }
}
