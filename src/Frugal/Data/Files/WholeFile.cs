using Frugal.Interop;

namespace Frugal.Data.Files;

/// <summary>Reads files that are kept in memory whole.</summary>
internal static class WholeFile
{
    /// <summary>Largest file that is read: no dataset kept in memory needs more.</summary>
    public const long MaxBytes = 1L << 30;

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="FrugalException">It cannot be read, or is larger than <see cref="MaxBytes"/>.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            if (stream.Length > MaxBytes)
                throw new FrugalException($"{path} has {stream.Length:N0} bytes; files of more than {MaxBytes:N0} bytes are not read into memory.");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Reading(path, error);
        }
    }
}
