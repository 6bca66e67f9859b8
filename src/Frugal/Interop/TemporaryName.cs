using System.Security.Cryptography;
using System.Text;

namespace Frugal.Interop;

/// <summary>Names of files and folders that are being written: <c>name.tmp-RANDOM</c> beside the final name, so that a rename stays on one file system.</summary>
internal static class TemporaryName
{
    private const string Mark = ".tmp-";
    private const int LongestName = 255;

    /// <summary>A fresh temporary path in the folder of <paramref name="target"/>.</summary>
    public static string Beside(string target)
    {
        var suffix = Mark + RandomNumberGenerator.GetHexString(16, lowercase: true);
        var name = Path.GetFileName(target);
        // A target of 255 bytes is legal; the temporary must not be refused for being longer than its target.
        while (name.Length > 0 && Encoding.UTF8.GetByteCount(name) is var bytes && bytes <= LongestName && bytes + suffix.Length > LongestName)
            name = name[..^1];
        return Path.Combine(Path.GetDirectoryName(target)!, name + suffix);
    }

    /// <summary>The final path that a temporary one was made for.</summary>
    public static string Target(string temporary) => temporary[..temporary.LastIndexOf(Mark, StringComparison.Ordinal)];

    /// <summary>Whether <paramref name="path"/> is the name of something that was never finished.</summary>
    public static bool Is(string path) => Path.GetFileName(path).Contains(Mark, StringComparison.Ordinal);
}
