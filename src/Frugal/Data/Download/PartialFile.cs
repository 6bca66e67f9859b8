using System.Security.Cryptography;
using Frugal.Interop;

namespace Frugal.Data.Download;

/// <summary>
/// What has been downloaded of a file so far: <c>NAME.part</c> beside the final name, so that another process can go on, and <c>NAME.part.tag</c> with the server's mark of the version it
/// belongs to. This is why a download does not go through <see cref="AtomicFile"/>, whose temporaries do not outlive a failure; the final rename is the same.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly string target;
    private readonly FileStream stream;

    private PartialFile(string target, FileStream stream)
    {
        this.target = target;
        this.stream = stream;
    }

    /// <summary>Bytes that are there.</summary>
    public long Length => stream.Length;

    /// <summary>Path of what is there.</summary>
    public string Path => PathFor(target);

    /// <summary>The server's mark of the version that the bytes belong to, as in <c>If-Range</c>, or null when it gave none.</summary>
    public string? Tag
    {
        get => File.Exists(Path + ".tag") ? File.ReadAllText(Path + ".tag") : null;
        set
        {
            if (value is null)
                File.Delete(Path + ".tag");
            else
                AtomicFile.WriteText(Path + ".tag", value);
        }
    }

    /// <summary>Opens or begins the partial file of a target.</summary>
    /// <exception cref="FrugalException">It cannot be written, or another process is at it.</exception>
    public static PartialFile Open(string target) =>
        new(target, Guarded(target, () => new FileStream(PathFor(target), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)));

    /// <summary>Adds bytes at the end.</summary>
    /// <exception cref="FrugalException">The disk is full or gone.</exception>
    public void Append(ReadOnlyMemory<byte> bytes) => Guarded(target, () =>
    {
        stream.Seek(0, SeekOrigin.End);
        stream.Write(bytes.Span);
        return 0;
    });

    /// <summary>Forgets all bytes.</summary>
    public void Clear() => Guarded(target, () =>
    {
        stream.SetLength(0);
        Tag = null;
        return 0;
    });

    /// <summary>SHA-256 of the bytes, in lower-case hexadecimal digits.</summary>
    public string Hash()
    {
        stream.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Gives the file its final name.</summary>
    public void Finish() => Guarded(target, () =>
    {
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        Tag = null;
        File.Move(Path, target, overwrite: true);
        DiskFlush.Folder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(target))!);
        return 0;
    });

    /// <summary>Removes the file.</summary>
    public void Delete() => Guarded(target, () =>
    {
        stream.Dispose();
        Tag = null;
        File.Delete(Path);
        return 0;
    });

    /// <summary>Closes the file, and removes it when nothing has arrived.</summary>
    public void Dispose()
    {
        if (stream.CanWrite && stream.Length == 0)
            Delete();
        stream.Dispose();
    }

    private static string PathFor(string target) => target + ".part";

    private static T Guarded<T>(string target, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Writing(PathFor(target), error);
        }
    }
}
