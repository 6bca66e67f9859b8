using System.Globalization;

namespace Frugal.Cli.Commands.Compress;

/// <summary>A time as a person writes it: <c>90s</c>, <c>15m</c>, <c>2h</c>.</summary>
internal static class TimeText
{
    /// <summary>Reads it.</summary>
    /// <exception cref="UsageException">It is not written so, or not above 0.</exception>
    public static TimeSpan Parse(string option, string text)
    {
        double seconds = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        return seconds > 0 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count) && count > 0 && count * seconds < 1e7
            ? TimeSpan.FromSeconds(count * seconds)
            : throw new UsageException($"{option} {text}: write a number and s, m or h, as in 90s, 15m or 2h");
    }
}
