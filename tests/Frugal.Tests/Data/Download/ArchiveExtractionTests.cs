using System.Formats.Tar;
using System.IO.Compression;
using Frugal.Data.Download;

namespace Frugal.Tests.Data.Download;

/// <summary>An archive writes what it holds into its folder, or nothing at all.</summary>
[Trait("Reliability", "T18")]
public sealed class ArchiveExtractionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Tar(Action<TarWriter> write, bool compressed = true)
    {
        string path = folder.File("a.archive");
        using Stream file = File.Create(path);
        using Stream stream = compressed ? new GZipStream(file, CompressionLevel.Fastest) : file;
        using var tar = new TarWriter(stream);
        write(tar);
        return path;
    }

    private string Zip(params (string Name, byte[] Content)[] files)
    {
        string path = folder.File("a.archive");
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var (name, content) in files)
        {
            using var stream = zip.CreateEntry(name).Open();
            stream.Write(content);
        }
        return path;
    }

    private static void Add(TarWriter tar, string name, byte[] content) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });

    private string Refused(string archive, ArchiveLimits? limits = null)
    {
        string[] before = folder.Names();
        string message = Assert.Throws<FrugalException>(() => ArchiveExtraction.Extract(archive, folder.File("out"), limits)).Message;
        Assert.Contains(archive, message);
        Assert.Equal(before, folder.Names());
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(folder.Path)!, "escaped")));
        return message;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tar_unpacks(bool compressed)
    {
        ArchiveExtraction.Extract(Tar(tar =>
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "./data/"));
            Add(tar, "data/a.bin", [1, 2, 3]);
            Add(tar, "data/deep/b.bin", []);
        }, compressed), folder.File("out"));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(folder.File("out/data/a.bin")));
        Assert.Equal(0, new FileInfo(folder.File("out/data/deep/b.bin")).Length);
    }

    [Fact]
    public void Zip_unpacks()
    {
        ArchiveExtraction.Extract(Zip(("data/a.bin", [1, 2, 3]), ("empty/", [])), folder.File("out"));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(folder.File("out/data/a.bin")));
        Assert.True(Directory.Exists(folder.File("out/empty")));
    }

    public static TheoryData<string> WrongNames() =>
    [
        "../escaped", "a/../../escaped", "/tmp/escaped", "..\\escaped", "a\\..\\..\\escaped", "C:/escaped", "C:escaped", "a//b", "a/./b", "nul\u0001l",
        "trailing ", "trailing.", new string('n', 256), "a/" + new string('ü', 128),
    ];

    [Theory]
    [MemberData(nameof(WrongNames))]
    public void Names_that_lead_out_or_that_no_system_takes_are_refused(string name)
    {
        AssertRefused(Tar(tar => Add(tar, name, [1])));
        AssertRefused(Zip((name, [1])));

        void AssertRefused(string archive)
        {
            string[] before = folder.Names();
            Assert.Throws<FrugalException>(() => ArchiveExtraction.Extract(archive, folder.File("out")));
            Assert.Equal(before, folder.Names());
        }
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    public void Links_and_devices_are_refused(TarEntryType kind)
    {
        string message = Refused(Tar(tar =>
        {
            var entry = new PaxTarEntry(kind, "link");
            if (kind is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                entry.LinkName = "..";
            tar.WriteEntry(entry);
            Add(tar, "link/escaped", [1]);
        }));
        Assert.Contains(kind.ToString(), message);
    }

    [Fact]
    public void Links_in_zip_files_are_refused()
    {
        string path = folder.File("a.archive");
        using (var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        {
            var entry = zip.CreateEntry("link");
            entry.ExternalAttributes = unchecked((int)0xA1FF0000);
            using var stream = entry.Open();
            stream.Write("/etc"u8);
        }
        Assert.Contains("a link", Refused(path));
    }

    [Fact]
    public void Names_that_differ_only_in_case_are_refused()
    {
        Assert.Contains("same name", Refused(Tar(tar =>
        {
            Add(tar, "data/A", [1]);
            Add(tar, "Data/b", [1]);
        })));
        Assert.Contains("same name", Refused(Zip(("a", [1]), ("A", [2]))));
    }

    [Fact]
    public void A_file_and_a_folder_of_one_name_are_refused() =>
        Assert.Contains("a file and a folder", Refused(Zip(("a", [1]), ("a/b", [2]))));

    [Fact]
    public void A_name_that_comes_twice_is_refused() => Assert.Contains("same name", Refused(Zip(("a", [1]), ("a", [2]))));

    [Fact]
    public void A_bomb_is_refused()
    {
        var zeros = new byte[8 << 20];
        Assert.Contains("unpacks to more than", Refused(Zip(("zeros", zeros))));
        Assert.Contains("unpacks to more than", Refused(Tar(tar => Add(tar, "zeros", zeros))));
    }

    [Fact]
    public void More_bytes_or_entries_than_allowed_are_refused()
    {
        (string, byte[])[] files = [.. Enumerable.Range(0, 11).Select(i => ($"f{i}", new byte[100]))];
        Assert.Contains("more than 10 entries", Refused(Zip(files), new() { MaxEntries = 10 }));
        Assert.Contains("more than 1,000 bytes", Refused(Zip(files), new() { MaxBytes = 1000 }));
        string tar = Tar(tar =>
        {
            foreach (var (name, content) in files)
                Add(tar, name, content);
        });
        Assert.Contains("more than 10 entries", Refused(tar, new() { MaxEntries = 10 }));
        Assert.Contains("more than 1,000 bytes", Refused(tar, new() { MaxBytes = 1000 }));
        ArchiveExtraction.Extract(tar, folder.File("out"), new() { MaxEntries = 11, MaxBytes = 1100 });
    }

    [Fact]
    public void A_cut_archive_is_refused()
    {
        string archive = Tar(tar => Add(tar, "a", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * i))]));
        byte[] whole = File.ReadAllBytes(archive);
        for (int point = 1; point < 20; point++)
        {
            File.WriteAllBytes(archive, whole[..(whole.Length * point / 24)]);
            Refused(archive);
        }
    }

    [Fact]
    public void Something_else_is_refused()
    {
        string path = folder.File("a.archive");
        File.WriteAllText(path, "no archive");
        Assert.Contains("no tar, tar.gz or zip", Refused(path));
        File.WriteAllBytes(path, [0x50, 0x4b, 3, 4, 1, 2, 3]);
        Assert.Contains("damaged", Refused(path));
    }

    [Fact]
    public void A_folder_that_exists_is_left_alone()
    {
        Directory.CreateDirectory(folder.File("out"));
        Assert.Contains("exists already", Assert.Throws<FrugalException>(() => ArchiveExtraction.Extract(Zip(("a", [1])), folder.File("out"))).Message);
    }
}
