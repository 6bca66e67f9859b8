using System.Runtime.InteropServices;

namespace Frugal.Interop;

/// <summary>Makes a rename survive a power cut: on Unix a new name is on the disk only after its folder was flushed too.</summary>
internal static partial class DiskFlush
{
    private const int InvalidArgument = 22;

    /// <summary>Flushes the list of names in <paramref name="folder"/>; on Windows the file system does this by itself.</summary>
    /// <exception cref="IOException">The disk reported a failure.</exception>
    public static void Folder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = open(folder, flags: 0);
        if (descriptor < 0)
            throw Failure(folder);
        try
        {
            // Some network and container file systems cannot flush folders and say so; their renames are as durable as they get.
            if (fsync(descriptor) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
                throw Failure(folder);
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    /// <summary>Flushes the contents of a file that another piece of code wrote.</summary>
    /// <exception cref="IOException">The disk reported a failure.</exception>
    public static void File(string path)
    {
        using var handle = System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    private static IOException Failure(string folder)
    {
        var number = Marshal.GetLastPInvokeError();
        return new IOException($"flushing the folder {folder} to the disk failed: {Marshal.GetPInvokeErrorMessage(number)}", number);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
