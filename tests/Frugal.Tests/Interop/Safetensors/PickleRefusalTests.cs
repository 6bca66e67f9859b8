using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Frugal.Interop;

namespace Frugal.Tests.Interop.Safetensors;

/// <summary>T17: pickles in every dress are refused by content, with advice, and run nothing.</summary>
[Trait("Reliability", "T17")]
public class PickleRefusalTests
{
    private static readonly byte[] torchMagic = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E];

    /// <summary>What a hostile pickle holds: on loading it would make the canary file.</summary>
    private static byte[] Payload(string canary) => Encoding.ASCII.GetBytes($"cos\nsystem\n(S'touch {canary}'\ntR.");

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        return stream.ToArray();
    }

    private static byte[] Tar(TarEntryFormat format, byte[] content)
    {
        var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, format, leaveOpen: true))
        {
            TarEntry entry = format == TarEntryFormat.V7 ? new V7TarEntry(TarEntryType.V7RegularFile, "pickle") : new UstarTarEntry(TarEntryType.RegularFile, "pickle");
            entry.DataStream = new MemoryStream(content);
            tar.WriteEntry(entry);
        }
        return stream.ToArray();
    }

    private static byte[] Packed(Func<Stream, Stream> wrap, byte[] content)
    {
        var stream = new MemoryStream();
        using (var packed = wrap(stream))
            packed.Write(content);
        return stream.ToArray();
    }

    private static readonly Dictionary<string, Func<byte[], (byte[] File, string Says)>> shapes = new()
    {
        ["torch.save, zip"] = evil => (Zip(("archive/data.pkl", evil), ("archive/data/0", new byte[64]), ("archive/version", "3\n"u8.ToArray())), "a zip archive with a pickle in it"),
        ["TorchScript, zip"] = evil => (Zip(("m/data.pkl", evil), ("m/constants.pkl", evil), ("m/code/__torch__.py", "pass"u8.ToArray())), "a zip archive with a pickle in it"),
        ["zip behind other bytes"] = evil => ([.. "#!/bin/sh\n"u8, .. Zip(("archive/data.pkl", evil))], "a zip archive with a pickle in it"),
        ["npz"] = evil => (Zip(("arr_0.npy", [0x93, .. "NUMPY"u8, .. evil])), "a zip archive"),
        ["legacy torch.save, protocol 2"] = evil => ([0x80, 2, .. torchMagic, 0x80, 2, .. evil], "a Python pickle"),
        ["pickle of protocol 4"] = evil => ([0x80, 4, 0x95, 40, 0, 0, 0, 0, 0, 0, 0, .. evil], "a Python pickle"),
        ["pickle of protocol 5"] = evil => ([0x80, 5, 0x95, 40, 0, 0, 0, 0, 0, 0, 0, .. evil], "a Python pickle"),
        ["pickle of protocol 0"] = evil => (evil, "a Python pickle"),
        ["pickle of protocol 1, a dictionary"] = evil => ([.. "}q\0("u8, .. evil], "a Python pickle"),
        ["pickle of protocol 0, a list"] = evil => ([.. "(lp0\n"u8, .. evil], "a Python pickle"),
        ["oldest torch.save, tar"] = evil => (Tar(TarEntryFormat.Ustar, [0x80, 2, .. evil]), "a tar archive"),
        ["tar without a mark"] = evil => (Tar(TarEntryFormat.V7, [0x80, 2, .. evil]), "a tar archive"),
        ["gzip"] = evil => (Packed(stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true), [0x80, 2, .. evil]), "a gzip archive"),
        ["joblib, zlib"] = evil => (Packed(stream => new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true), [0x80, 2, .. evil]), "a zlib stream"),
        ["array of objects, npy"] = evil => ([0x93, .. "NUMPY\u0001\0"u8, .. evil], "a NumPy array"),
    };

    public static TheoryData<string> Shapes => [.. shapes.Keys];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Is_refused_with_advice_and_runs_nothing(string shape)
    {
        using var folder = new TemporaryFolder();
        var (content, says) = shapes[shape](Payload(folder.File("canary")));
        foreach (var name in new[] { "pytorch_model.bin", "model.safetensors", "model.pt" })
        {
            File.WriteAllBytes(folder.File(name), content);
            var message = Assert.Throws<FrugalException>(() => SafetensorsFile.Open(folder.File(name))).Message;
            Assert.Contains(folder.File(name), message, StringComparison.Ordinal);
            Assert.Contains(says, message, StringComparison.Ordinal);
            Assert.Contains("save_file(torch.load('IN'", message, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(folder.File("canary")));
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "git lfs pull")]
    [InlineData("\n<!DOCTYPE html><html><body>404</body></html>", "a web page")]
    [InlineData("GGUF\u0003\0\0\0\0\0\0\0", "GGUF")]
    [InlineData("\u0001\u000afc1.weight\u0006\u0002", "TorchSharp's Module.save")]
    [InlineData("hello world, this is plain text", "truncated or of another format")]
    public void Other_files_are_told_for_what_they_are(string content, string says)
    {
        var error = Assert.Throws<FrugalException>(() => SafetensorsFile.Parse(new MemoryStream(Encoding.Latin1.GetBytes(content))));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zip_that_is_also_a_valid_header_is_refused()
    {
        // A header of 0x04034b50 bytes starts like a zip archive.
        using var folder = new TemporaryFolder();
        var path = folder.File("both.safetensors");
        using (var file = new FileStream(path, FileMode.CreateNew))
        {
            file.Write([.. "PK\u0003\u0004"u8, 0, 0, 0, 0]);
            file.Write("{}"u8);
            file.SetLength(8 + 0x04034B50);
        }
        Assert.Contains("a zip archive", Assert.Throws<FrugalException>(() => SafetensorsFile.Open(path, ReadLimits.Trusted)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_of_640_bytes_starts_like_a_pickle_and_loads()
    {
        var file = RawSafetensors.File("{}".PadRight(0x280));
        Assert.Equal([0x80, 0x02], file[..2]);
        Assert.Empty(SafetensorsFile.Parse(new MemoryStream(file)).Names);
    }
}
