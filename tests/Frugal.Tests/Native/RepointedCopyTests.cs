using System.Runtime.Versioning;
using Frugal.Native;

namespace Frugal.Tests.Native;

[Trait("Reliability", "T59"), SupportedOSPlatform("linux")]
public sealed class RepointedCopyTests : IDisposable
{
    private static readonly byte[] expected = ElfVersionPatch.Apply(TinyLibrary.Patchable());
    private readonly TemporaryFolder folder = new();

    public RepointedCopyTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "copies are made on Linux only");
        File.WriteAllBytes(Original, TinyLibrary.Patchable());
    }

    private string Original => folder.File("libtiny.so");

    private string Cache => folder.File("cache");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Is_written_once_for_its_user_alone_and_named_by_the_original()
    {
        var first = Load(Cache);
        var written = File.GetLastWriteTimeUtc(first);
        Assert.Equal(first, Load(Cache));
        Assert.Equal(written, File.GetLastWriteTimeUtc(first));
        Assert.Equal("libtiny.so", Path.GetFileName(first));
        Assert.Matches("^[0-9a-f]{64}$", Path.GetFileName(Path.GetDirectoryName(first))!);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(first)!));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(200, 1)]
    [InlineData(200, -1)]
    public void Is_made_again_when_its_bytes_were_changed(int offset, int change)
    {
        var path = Load(Cache);
        var bytes = File.ReadAllBytes(path);
        bytes[offset] = (byte)(bytes[offset] + change);
        File.WriteAllBytes(path, bytes);
        Assert.Equal(path, Load(Cache));
    }

    [Fact]
    public void Is_made_again_when_it_was_cut_off_or_grew()
    {
        var path = Load(Cache);
        File.WriteAllBytes(path, expected[..100]);
        Load(Cache);
        File.WriteAllBytes(path, [.. expected, 0]);
        Load(Cache);
    }

    [Fact]
    public void A_link_in_its_place_is_replaced_and_what_it_points_to_left_alone()
    {
        var path = Load(Cache);
        File.Delete(path);
        File.WriteAllText(folder.File("elsewhere"), "precious");
        File.CreateSymbolicLink(path, folder.File("elsewhere"));
        Load(Cache);
        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.Equal("precious", File.ReadAllText(folder.File("elsewhere")));
    }

    [Fact]
    public void Another_original_gets_a_copy_of_its_own()
    {
        var first = Load(Cache);
        File.WriteAllBytes(Original, [.. TinyLibrary.Patchable(), 1]);
        Assert.NotEqual(first, new RepointedCopy(Cache).Load(Original, _ => { }));
        Assert.True(File.Exists(first));
    }

    [Fact]
    public void Without_a_cache_that_can_be_written_it_lives_until_it_is_loaded()
    {
        File.WriteAllText(Cache, "a file, where a folder should be");
        Assert.All([Load(Cache), Load(null)], path =>
        {
            Assert.StartsWith(Path.GetTempPath(), path);
            Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
        });
    }

    [Fact]
    public void Many_at_once_all_get_the_whole_file_and_leave_nothing_else_behind()
    {
        Parallel.For(0, 32, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Load(Cache));
        Assert.Equal(["libtiny.so"], Directory.EnumerateFiles(Cache, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    /// <summary>Checks the bytes at the moment of loading.</summary>
    private string Load(string? cache) => new RepointedCopy(cache).Load(Original, path => Assert.Equal(expected, File.ReadAllBytes(path)));
}
