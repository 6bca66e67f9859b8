using Frugal.Interop;

namespace Frugal.Tests.Interop;

public class ContainedPathTests
{
    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("sub/model-00001-of-00002.safetensors")]
    [InlineData("..hidden")]
    [InlineData("größe")]
    public void Plain_names_stay_inside(string name)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("sub"));
        File.WriteAllText(folder.File(name), "x");
        Assert.Equal(folder.File(name), ContainedPath.ToFile(folder.Path, name, ReadLimits.Untrusted));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../secret")]
    [InlineData("sub/../../secret")]
    [InlineData("sub/..")]
    [InlineData("/etc/passwd")]
    [InlineData("//host/share")]
    [InlineData("C:secret")]
    [InlineData("C:\\secret")]
    [InlineData("..\\secret")]
    [InlineData("\\\\host\\share")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a/")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("name:stream")]
    [InlineData("trailing.")]
    [InlineData("trailing ")]
    public void Names_that_lead_elsewhere_are_refused(string name)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("sub"));
        foreach (var limits in new[] { ReadLimits.Untrusted, ReadLimits.Trusted })
            Assert.Contains("is not accepted as a file name", Assert.Throws<FrugalException>(() => ContainedPath.ToFile(folder.Path, name, limits)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_are_refused_unless_trusted()
    {
        using var outside = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(outside.File("d"));
        File.WriteAllText(outside.File("d/secret"), "x");
        File.CreateSymbolicLink(folder.File("file-link"), outside.File("d/secret"));
        Directory.CreateSymbolicLink(folder.File("folder-link"), outside.File("d"));
        foreach (var name in new[] { "file-link", "folder-link/secret" })
        {
            Assert.Contains("symbolic link", Assert.Throws<FrugalException>(() => ContainedPath.ToFile(folder.Path, name, ReadLimits.Untrusted)).Message, StringComparison.Ordinal);
            Assert.Equal(folder.File(name), ContainedPath.ToFile(folder.Path, name, ReadLimits.Trusted));
        }
    }

    [Fact]
    public void Hard_links_are_refused_unless_trusted()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("the number of a file's names is asked for on Linux only");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a"), "x");
        using (var made = System.Diagnostics.Process.Start("ln", [folder.File("a"), folder.File("b")]))
            made.WaitForExit();
        Assert.Contains("hard link", Assert.Throws<FrugalException>(() => ContainedPath.ToFile(folder.Path, "b", ReadLimits.Untrusted)).Message, StringComparison.Ordinal);
        Assert.Equal(folder.File("b"), ContainedPath.ToFile(folder.Path, "b", ReadLimits.Trusted));
    }

    [Fact]
    public void Missing_files_and_folders_are_missing_and_dangling_links_are_links()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("sub"));
        File.CreateSymbolicLink(folder.File("dangling"), folder.File("nowhere"));
        foreach (var name in new[] { "no", "sub" })
            Assert.Contains("has no file", Assert.Throws<FrugalException>(() => ContainedPath.ToFile(folder.Path, name, ReadLimits.Trusted)).Message, StringComparison.Ordinal);
        Assert.Contains("symbolic link", Assert.Throws<FrugalException>(() => ContainedPath.ToFile(folder.Path, "dangling", ReadLimits.Untrusted)).Message, StringComparison.Ordinal);
    }
}
