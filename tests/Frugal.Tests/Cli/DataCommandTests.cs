using System.Security.Cryptography;
using Frugal.Catalogue;
using Frugal.Cli;
using Frugal.Cli.Commands;
using Frugal.Cli.Commands.Data;
using Frugal.Data.Download;
using Frugal.Tests.Data;
using Frugal.Tests.Data.Download;
using Frugal.Tests.Data.Files;
using Spectre.Console.Testing;

namespace Frugal.Tests.Cli;

public sealed class DataCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private void WriteCifar10()
    {
        Directory.CreateDirectory(folder.File("cifar10"));
        File.WriteAllBytes(folder.File("cifar10/data_batch_3.bin"), Cifar10FileTests.Make(1));
        File.WriteAllBytes(folder.File("cifar10/test_batch.bin"), Cifar10FileTests.Make(1));
    }

    [Fact]
    public void The_list_says_what_is_there_and_how_to_get_the_rest()
    {
        WriteCifar10();
        var run = CliRun.OfWidth(200, "data", "--data-dir", folder.Path);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches($@"cifar10 +│? *yes +│? *{folder.File("cifar10")}", run.Output);
        Assert.Matches(@"digits +│? *yes +│? *generated", run.Output);
        Assert.Matches(@"fashion-mnist +│? *no +│? *frugal data get fashion-mnist \(31 MB from", run.Output);
        Assert.Matches(@"image-folder +│? *no +│? *put your files into", run.Output);
    }

    [Fact]
    public void The_list_says_when_the_folder_does_not_exist() =>
        Assert.Contains("which does not exist", CliRun.OfWidth(200, "data", "--data-dir", folder.File("none")).Output);

    [Fact]
    public void Getting_what_is_there_does_nothing()
    {
        WriteCifar10();
        var run = CliRun.OfWidth(200, "data", "get", "cifar10", "--data-dir", folder.Path);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("is there already", run.Output);
    }

    [Theory]
    [InlineData("cifar01", "did you mean `cifar10`?")]
    [InlineData("digits", "needs no download")]
    [InlineData("image-folder", "has no official download")]
    public void Getting_what_cannot_be_had_is_a_usage_error(string name, string expected)
    {
        var run = CliRun.OfWidth(200, "data", "get", name, "--data-dir", folder.Path);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Errors);
    }

    /// <summary>Without a terminal a download is told in lines, not in a bar.</summary>
    [Fact]
    public async Task A_download_into_a_log_is_told_in_lines()
    {
        byte[] body = new byte[500_000];
        await using var server = new ScriptedServer(ScriptedServer.Cut(body, 200_000), ScriptedServer.Ranged(body));
        var file = new RemoteFile(server.Address("a.bin"), Convert.ToHexStringLower(SHA256.HashData(body)), body.Length);
        using var console = new TestConsole().Width(200);
        using var download = new FileDownload { FirstDelay = TimeSpan.Zero };
        var plan = new DownloadPlan("x", [file], Unpack: false);
        await DownloadDisplay.Run(console, plan, progress => DatasetDownload.Get(plan, folder.Path, download, progress, TestContext.Current.CancellationToken));
        Assert.Contains("a.bin: 100 % of 0.5 MB", console.Output);
        Assert.Contains("trying again", console.Output);
        Assert.InRange(console.Lines.Count, 3, 14);
    }

    [Fact]
    public async Task A_download_on_a_terminal_is_shown_as_a_bar()
    {
        byte[] body = new byte[500_000];
        await using var server = new ScriptedServer(ScriptedServer.Whole(body));
        var file = new RemoteFile(server.Address("a.bin"), Convert.ToHexStringLower(SHA256.HashData(body)), body.Length);
        using var console = new TestConsole().Width(120).Interactive();
        using var download = new FileDownload();
        var plan = new DownloadPlan("x", [file], Unpack: false);
        await DownloadDisplay.Run(console, plan, progress => DatasetDownload.Get(plan, folder.Path, download, progress, TestContext.Current.CancellationToken));
        Assert.Contains("a.bin", console.Output);
        Assert.True(File.Exists(folder.File("x/a.bin")));
    }
}
