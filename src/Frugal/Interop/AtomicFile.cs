using System.Text;

namespace Frugal.Interop;

/// <summary>
/// The only way Frugal writes a file: into a temporary one in the same folder, flushed to the disk, renamed over the target, and the folder flushed.
/// After a crash, a full disk or an exception the previous file is whole, and no temporary is left by a process that could still clean up.
/// A symbolic link at the target is replaced, not followed.
/// </summary>
public static class AtomicFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>Writes <paramref name="path"/> with whatever <paramref name="write"/> puts into the stream, or leaves it as it was.</summary>
    /// <param name="path">The file to make or replace; its folder must exist.</param>
    /// <param name="write">Fills the stream. An exception from it that is not about input or output passes through unchanged.</param>
    /// <exception cref="FrugalException">The file cannot be written; the message names the path and the remedy.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        var target = Path.GetFullPath(path);
        var temporary = TemporaryName.Beside(target);
        try
        {
            if (Directory.Exists(target) || !FileFacts.IsRegularOrAbsent(target))
                throw new IOException("it exists and is not a regular file");
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferSize))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
            DiskFlush.Folder(Path.GetDirectoryName(target)!);
        }
        catch (Exception error)
        {
            var leftover = Remove(temporary);
            if (FileFault.IsFault(error))
                throw FileFault.Writing(path, error, leftover);
            throw;
        }
    }

    /// <summary>Writes <paramref name="text"/> as UTF-8 without a byte order mark.</summary>
    /// <exception cref="FrugalException">The file cannot be written; the message names the path and the remedy.</exception>
    public static void WriteText(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Removes the temporary; returns its path when even that failed, so that the error can name it.</summary>
    private static string? Remove(string temporary)
    {
        try
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
            return null;
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            return temporary;
        }
    }
}
