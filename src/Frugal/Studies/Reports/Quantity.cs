using System.Globalization;

namespace Frugal.Studies.Reports;

/// <summary>Numbers as people read them. What was not measured is a dash, never 0.</summary>
public static class Quantity
{
    /// <summary>What stands for a value that was not measured.</summary>
    public const string Absent = "–";

    /// <summary>A share as a percentage, with its spread where there is one: <c>97.1 ± 0.2</c>.</summary>
    public static string Percent(double? share, double? spread = null) => share is not { } known ? Absent
        : spread is { } s ? $"{Fixed(known * 100, 1)} ± {Fixed(s * 100, 1)}"
        : Fixed(known * 100, 1);

    /// <summary>A count, three digits: <c>266 k</c>, <c>25.6 M</c>.</summary>
    public static string Count(double? count) => Scaled(count, 1000, ["", " k", " M", " G", " T"]);

    /// <summary>Bytes, three digits, decimal units as disks are sold: <c>1.07 MB</c>.</summary>
    public static string Bytes(double? bytes) => Scaled(bytes, 1000, [" B", " kB", " MB", " GB", " TB"]);

    /// <summary>Seconds as <c>0.8 s</c>, <c>42 s</c>, <c>3:07</c> or <c>1:02:45</c>.</summary>
    public static string Seconds(double? seconds) => seconds switch
    {
        null => Absent,
        < 10 => Fixed(seconds.Value, 1) + " s",
        < 60 => Fixed(seconds.Value, 0) + " s",
        < 3600 => TimeSpan.FromSeconds(seconds.Value).ToString(@"m\:ss", CultureInfo.InvariantCulture),
        _ => TimeSpan.FromSeconds(seconds.Value).ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture),
    };

    /// <summary>Microseconds as <c>87 µs</c> or <c>1.32 ms</c>.</summary>
    public static string Microseconds(double? microseconds) => Scaled(microseconds, 1000, [" µs", " ms", " s"]);

    /// <summary>A ratio with two significant digits below ten: <c>3.2×</c>.</summary>
    public static string Ratio(double? ratio) => ratio is { } known
        ? Fixed(known, known >= 100 ? 0 : known >= 10 ? 1 : 2) + "×"
        : Absent;

    private static string Scaled(double? value, double unit, string[] suffixes)
    {
        if (value is not { } rest)
            return Absent;
        int scale = 0;
        // 999.5 would print as 1000: it belongs to the next unit already.
        while (Math.Abs(rest) >= unit - 0.5 && scale < suffixes.Length - 1)
        {
            rest /= unit;
            scale++;
        }
        bool isWhole = scale == 0 && rest == Math.Floor(rest);
        int digits = isWhole ? 0 : Math.Abs(rest) switch { >= 99.95 => 0, >= 9.995 => 1, _ => 2 };
        return Fixed(rest, digits) + suffixes[scale];
    }

    private static string Fixed(double value, int digits) => value.ToString("F" + digits, CultureInfo.InvariantCulture);
}
