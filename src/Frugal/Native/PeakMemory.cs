using System.Diagnostics;
using System.Globalization;

namespace Frugal.Native;

/// <summary>The most physical memory that this process has held at once: managed, native and mapped files together.</summary>
public static class PeakMemory
{
    private const string Status = "/proc/self/status", ClearReferences = "/proc/self/clear_refs";

    /// <summary>
    /// The peak in bytes since the process started, or since <see cref="Reset"/> last returned true; null where the system does not tell.
    /// </summary>
    public static long? Bytes
    {
        get
        {
            if (OperatingSystem.IsLinux())
                return HighWaterMark(File.ReadLines(Status));
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64 is > 0 and var peak ? peak : null;
        }
    }

    /// <summary>
    /// Starts the peak anew from what is held now. False where the system does not allow it (outside Linux, or in a container without the right);
    /// the peak is then one of the whole process and says little about a part of it.
    /// </summary>
    public static bool Reset()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            // proc(5): writing 5 sets the high-water mark to the current resident size.
            File.WriteAllText(ClearReferences, "5");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Reads <c>VmHWM:   123456 kB</c> out of the lines of a status file; null where there is none.</summary>
    internal static long? HighWaterMark(IEnumerable<string> status)
    {
        var line = status.FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan(6).Trim().TrimEnd("kB").TrimEnd(), CultureInfo.InvariantCulture, out var kibibytes)
            ? kibibytes * 1024
            : null;
    }
}
