using System.Formats.Tar;
using System.IO.Compression;
using Frugal.Interop;

namespace Frugal.Data.Download;

/// <summary>
/// Unpacks tar, tar.gz and zip archives from strangers. .NET's own extraction refuses names that leave the folder, but neither bombs nor names that collide where case does not
/// count; here links and devices are refused as well, since no dataset needs them.
/// </summary>
public static class ArchiveExtraction
{
    private const int TarMagicAt = 257;
    private const int UnixModeShift = 16;
    private const int UnixKindMask = 0xF000;
    private const int UnixRegular = 0x8000;
    private const int UnixFolder = 0x4000;

    /// <summary>Unpacks an archive into a new folder, which appears only when all of it is there.</summary>
    /// <param name="archive">The archive; its kind is told by its content.</param>
    /// <param name="folder">The folder to make; it must not exist, its parent must.</param>
    /// <param name="limits">How much may come.</param>
    /// <exception cref="FrugalException">The archive is broken, of another kind, or holds what is refused; nothing of it is kept.</exception>
    public static void Extract(string archive, string folder, ArchiveLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(archive);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string target = Path.GetFullPath(folder);
        if (Path.Exists(target))
            throw new FrugalException($"{folder} exists already; remove it first or choose another folder.");
        string temporary = TemporaryName.Beside(target);
        try
        {
            Directory.CreateDirectory(temporary);
            Unpack(archive, temporary, limits ?? new());
            Directory.Move(temporary, target);
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Writing(folder, error);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    private static void Unpack(string archive, string folder, ArchiveLimits limits)
    {
        var files = new UnpackedFiles(archive, folder, limits);
        try
        {
            using var stream = File.OpenRead(archive);
            var start = new byte[TarMagicAt + 5];
            int count = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            stream.Position = 0;
            if (count > 2 && start[0] == 0x1f && start[1] == 0x8b)
            {
                // Headers and padding come on top of the files' bytes.
                long most = limits.BytesFor(stream.Length) + limits.MaxEntries * 2048L;
                using var plain = new BoundedStream(new GZipStream(stream, CompressionMode.Decompress), most, () => files.Refused($"it unpacks to more than {most:N0} bytes"));
                UnpackTar(plain, files);
            }
            else if (count > 4 && start.AsSpan(0, 4).SequenceEqual("PK\x3\x4"u8))
                UnpackZip(stream, files, limits);
            else if (count == start.Length && start.AsSpan(TarMagicAt).SequenceEqual("ustar"u8))
                UnpackTar(stream, files);
            else
                throw files.Refused("it is no tar, tar.gz or zip archive");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or NotSupportedException)
        {
            throw files.Refused($"it is damaged ({e.Message.TrimEnd('.')})", e);
        }
    }

    private static void UnpackTar(Stream stream, UnpackedFiles files)
    {
        using var tar = new TarReader(stream, leaveOpen: true);
        while (tar.GetNextEntry() is { } entry)
        {
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    files.AddFolder(entry.Name);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    files.AddFile(entry.Name, entry.Length, entry.DataStream ?? Stream.Null);
                    break;
                case TarEntryType.GlobalExtendedAttributes:
                    break;
                default:
                    throw files.RefuseKind(entry.Name, $"a {entry.EntryType}");
            }
        }
    }

    private static void UnpackZip(Stream stream, UnpackedFiles files, ArchiveLimits limits)
    {
        if (ZipDirectory.CountEntries(stream) > limits.MaxEntries)
            throw files.Refused($"it has more than {limits.MaxEntries:N0} entries");
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        if (zip.Entries.Sum(entry => (decimal)entry.Length) > limits.BytesFor(stream.Length))
            throw files.Refused($"it unpacks to more than {limits.BytesFor(stream.Length):N0} bytes");
        foreach (var entry in zip.Entries)
        {
            int kind = (entry.ExternalAttributes >> UnixModeShift) & UnixKindMask;
            if (kind is not (0 or UnixRegular or UnixFolder))
                throw files.RefuseKind(entry.FullName, "a link or a device");
            if (entry.FullName.EndsWith('/'))
            {
                files.AddFolder(entry.FullName);
                continue;
            }
            using var content = entry.Open();
            files.AddFile(entry.FullName, entry.Length, content);
        }
    }
}
