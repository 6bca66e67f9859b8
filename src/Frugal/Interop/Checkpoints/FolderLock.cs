using System.Diagnostics;

namespace Frugal.Interop;

/// <summary>Lets one process at a time save into a folder. The system releases it when the process ends, however it ends.</summary>
internal sealed class FolderLock : IDisposable
{
    private const string FileName = ".lock";
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(20);
    // EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static readonly int[] heldByAnother = [11, 35, unchecked((int)0x80070020)];
    private readonly FileStream file;

    private FolderLock(FileStream file) => this.file = file;

    /// <summary>Waits for the lock of an existing folder.</summary>
    /// <exception cref="FrugalException">Another process holds it for longer than <paramref name="patience"/>.</exception>
    /// <exception cref="IOException">The lock file cannot be made.</exception>
    public static FolderLock Take(string folder, TimeSpan patience)
    {
        var path = Path.Combine(folder, FileName);
        for (var start = Stopwatch.GetTimestamp(); ; Thread.Sleep(pause))
        {
            try
            {
                return new FolderLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException error) when (heldByAnother.Contains(error.HResult))
            {
                if (Stopwatch.GetElapsedTime(start) > patience)
                    throw new FrugalException($"{folder} is being written by another process for more than {patience.TotalSeconds:0} s; give each run a folder of its own.", error);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
