using System.Security.Cryptography;
using System.Text.Json;

namespace Frugal.Interop;

/// <summary>
/// The list of a checkpoint's files with sizes and SHA-256, and a checksum over itself: a bit that flips in the manifest is found as surely as one in a file.
/// </summary>
/// <param name="Step">The training step.</param>
/// <param name="Sequence">Counts the saves in one folder; the newest checkpoint is the one with the highest, even after going back to an earlier step.</param>
/// <param name="Files">The files, in the order of their names.</param>
internal sealed record CheckpointManifest(long Step, long Sequence, IReadOnlyList<CheckpointFile> Files)
{
    public const string FileName = "manifest.json";
    private const string Format = "frugal-checkpoint-1";
    private static readonly ReadLimits limits = new() { MaxJsonBytes = 64 << 20 };

    /// <summary>Hashes everything in <paramref name="folder"/>, flushing each file to the disk on the way.</summary>
    public static CheckpointManifest Describe(string folder, long step, long sequence)
    {
        var files = new List<CheckpointFile>();
        foreach (var path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            DiskFlush.File(path);
            var name = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
            ContainedPath.Resolve(folder, name);
            files.Add(Measure(path, name));
        }
        foreach (var subfolder in Directory.GetDirectories(folder, "*", SearchOption.AllDirectories))
            DiskFlush.Folder(subfolder);
        return new(step, sequence, [.. files.OrderBy(file => file.Name, StringComparer.Ordinal)]);
    }

    /// <summary>Reads the manifest of a checkpoint's folder; the files it lists are not looked at.</summary>
    /// <exception cref="FrugalException">There is none, or it is damaged.</exception>
    public static CheckpointManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var bytes = JsonFile.ReadBytes(path, limits.MaxJsonBytes, nameof(ReadLimits.MaxJsonBytes));
        var refusal = new Refusal(path, "manifest");
        using var document = JsonFile.Parse(bytes, path, limits);
        CheckpointManifest manifest;
        try
        {
            var root = document.RootElement;
            manifest = new(root.GetProperty("step").GetInt64(), root.GetProperty("sequence").GetInt64(),
            [
                .. root.GetProperty("files").EnumerateArray().Select(file => new CheckpointFile(
                    file.GetProperty("name").GetString()!, file.GetProperty("bytes").GetInt64(), file.GetProperty("sha256").GetString()!)),
            ]);
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw refusal.Because("a property is missing or of the wrong kind", error);
        }
        // There is one way to write a manifest, so comparing bytes covers the checksum and every other character.
        return manifest.ToBytes().AsSpan().SequenceEqual(bytes) ? manifest : throw refusal.Because("it is damaged: its checksum does not match");
    }

    /// <summary>The text of <c>manifest.json</c>.</summary>
    public byte[] ToBytes() => Text(Convert.ToHexStringLower(SHA256.HashData(Text(""))));

    /// <summary>What is wrong with the files in <paramref name="folder"/>, or <c>null</c> when all are as listed.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="readContents">Whether to hash the files; otherwise only their sizes are compared.</param>
    /// <exception cref="FrugalException">A name leads out of the folder, or a file cannot be read.</exception>
    public string? FindFault(string folder, bool readContents)
    {
        foreach (var file in Files)
        {
            var path = ContainedPath.Resolve(folder, file.Name);
            var info = new FileInfo(path);
            if (!info.Exists)
                return $"{file.Name} is missing";
            if (info.Length != file.Bytes)
                return $"{file.Name} has {info.Length} bytes instead of {file.Bytes}";
            if (readContents && Measure(path, file.Name) != file)
                return $"{file.Name} is damaged: its SHA-256 differs from the manifest's";
        }
        return null;
    }

    private static CheckpointFile Measure(string path, string name)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
            return new(name, stream.Length, hash);
        }
        catch (Exception error) when (FileFault.IsFault(error))
        {
            throw FileFault.Reading(path, error);
        }
    }

    private byte[] Text(string checksum)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("step", Step);
            json.WriteNumber("sequence", Sequence);
            json.WriteStartArray("files");
            foreach (var file in Files)
            {
                json.WriteStartObject();
                json.WriteString("name", file.Name);
                json.WriteNumber("bytes", file.Bytes);
                json.WriteString("sha256", file.Sha256);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("checksum", checksum);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
