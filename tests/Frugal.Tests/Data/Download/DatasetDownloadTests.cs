using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Frugal.Data;
using Frugal.Data.Download;
using Frugal.Tests.Data.Files;

namespace Frugal.Tests.Data.Download;

public sealed class DatasetDownloadTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FileDownload download = new() { FirstDelay = TimeSpan.Zero };

    public void Dispose()
    {
        download.Dispose();
        folder.Dispose();
    }

    private static RemoteFile FileAt(ScriptedServer server, string name, byte[] body) =>
        new(server.Address(name), Convert.ToHexStringLower(SHA256.HashData(body)), body.Length);

    private Task<string> Get(DownloadPlan plan) => DatasetDownload.Get(plan, folder.File("data"), download, null, TestContext.Current.CancellationToken);

    private static byte[] Archive(string inside)
    {
        using var memory = new MemoryStream();
        using (var stream = new GZipStream(memory, CompressionLevel.Fastest))
        using (var tar = new TarWriter(stream))
        {
            foreach (string name in new[] { "data_batch_1.bin", "test_batch.bin" })
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"{inside}/{name}") { DataStream = new MemoryStream(Cifar10FileTests.Make(20)) });
        }
        return memory.ToArray();
    }

    [Fact]
    public async Task An_archive_becomes_a_dataset_that_loads_and_is_removed()
    {
        byte[] archive = Archive("cifar-10-batches-bin");
        await using var server = new ScriptedServer(ScriptedServer.Whole(archive));
        string made = await Get(new("cifar-10-batches-bin", [FileAt(server, "cifar.tar.gz", archive)], Unpack: true));
        Assert.Equal(folder.File("data/cifar-10-batches-bin"), made);
        Assert.Equal(["cifar-10-batches-bin"], Directory.GetFileSystemEntries(folder.File("data")).Select(Path.GetFileName));
        Assert.Equal(20, new Cifar10().Load(folder.File("data")).Train.Count);
    }

    [Fact]
    public async Task An_archive_without_the_folder_is_refused_and_leaves_none()
    {
        byte[] archive = Archive("other");
        await using var server = new ScriptedServer(ScriptedServer.Whole(archive));
        var error = await Assert.ThrowsAsync<FrugalException>(() => Get(new("cifar-10-batches-bin", [FileAt(server, "cifar.tar.gz", archive)], Unpack: true)));
        Assert.Contains("cifar-10-batches-bin", error.Message);
        Assert.Equal(["cifar.tar.gz"], Directory.GetFileSystemEntries(folder.File("data")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Files_go_into_their_folder_and_those_that_are_there_are_not_asked_for()
    {
        byte[] first = [1, 2, 3], second = [4, 5];
        await using var server = new ScriptedServer(ScriptedServer.Whole(second));
        Directory.CreateDirectory(folder.File("data/mnist"));
        File.WriteAllBytes(folder.File("data/mnist/a"), first);
        await Get(new("mnist", [FileAt(server, "a", first), FileAt(server, "b", second)], Unpack: false));
        Assert.Equal(second, File.ReadAllBytes(folder.File("data/mnist/b")));
        Assert.Equal(["GET /b HTTP/1.1"], server.Requests.Select(request => request.Line));
    }

    [Fact]
    public void Every_plan_pins_a_whole_hash_and_lands_where_the_dataset_looks()
    {
        foreach (DataSource source in new DataSource[] { new Cifar10(), new Mnist(), Mnist.Fashion })
        {
            Assert.Contains(source.Download!.Folder, source.Folders);
            Assert.All(source.Download.Files, file => Assert.Matches("^[0-9a-f]{64}$", file.Sha256));
            Assert.All(source.Download.Files, file => Assert.True(file.Bytes > 0));
        }
    }
}
