using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Frugal.Data.Download;
using static Frugal.Tests.Data.Download.ScriptedServer;

namespace Frugal.Tests.Data.Download;

/// <summary>Whatever a server does, the file under the final name is the right one or there is none.</summary>
[Trait("Reliability", "T23")]
public sealed class FileDownloadTests : IDisposable
{
    private static readonly byte[] Body = MakeBody(300_000);
    private readonly TemporaryFolder folder = new();
    private readonly FileDownload download = new() { FirstDelay = TimeSpan.FromMilliseconds(1), StallTimeout = TimeSpan.FromSeconds(20) };
    private readonly List<DownloadProgress> heard = [];

    private string Target => folder.File("file.bin");

    public void Dispose()
    {
        download.Dispose();
        folder.Dispose();
    }

    private static byte[] MakeBody(int length)
    {
        var random = new RandomStream(1);
        var body = new byte[length];
        for (int i = 0; i < length; i++)
            body[i] = (byte)random.NextInt(256);
        return body;
    }

    private static RemoteFile FileAt(Uri address, byte[]? body = null) =>
        new(address, Convert.ToHexStringLower(SHA256.HashData(body ?? Body)), (body ?? Body).Length);

    private Task Fetch(ScriptedServer server) =>
        download.Fetch(FileAt(server.Address()), Target, new Listener(heard), TestContext.Current.CancellationToken);

    private async Task<string> Refused(ScriptedServer server, FileDownload? by = null)
    {
        var error = await Assert.ThrowsAsync<FrugalException>(
            () => (by ?? download).Fetch(FileAt(server.Address()), Target, new Listener(heard), TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Target));
        Assert.Contains(server.Address().Host, error.Message);
        return error.Message;
    }

    private void AssertWhole()
    {
        Assert.Equal(Body, File.ReadAllBytes(Target));
        Assert.Equal(["file.bin"], folder.Names());
    }

    private sealed class Listener(List<DownloadProgress> heard) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            lock (heard)
                heard.Add(value);
        }
    }

    [Fact]
    public async Task A_file_arrives_whole_with_progress()
    {
        await using var server = new ScriptedServer(Whole(Body));
        await Fetch(server);
        AssertWhole();
        Assert.Equal((Body.Length, Body.Length), (heard[^1].Done, heard[^1].Total));
    }

    [Fact]
    public async Task A_file_of_unknown_length_arrives_whole()
    {
        await using var server = new ScriptedServer(async (request, connection, stop) =>
        {
            await Send(200, [], "Transfer-Encoding: chunked")(request, connection, stop);
            foreach (byte[] chunk in Body.Chunk(70_000))
            {
                await connection.WriteAsync(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"), stop);
                await connection.WriteAsync(chunk, stop);
                await connection.WriteAsync("\r\n"u8.ToArray(), stop);
            }
            await connection.WriteAsync("0\r\n\r\n"u8.ToArray(), stop);
        });
        await Fetch(server);
        AssertWhole();
    }

    [Fact]
    [Trait("Reliability", "T25")]
    public async Task A_file_that_is_there_needs_no_network()
    {
        File.WriteAllBytes(Target, Body);
        await download.Fetch(FileAt(new("http://127.0.0.1:9/file.bin")), Target, null, TestContext.Current.CancellationToken);
        AssertWhole();
    }

    [Fact]
    public async Task A_wrong_file_that_is_there_is_replaced()
    {
        File.WriteAllBytes(Target, MakeBody(300_001)[1..]);
        await using var server = new ScriptedServer(Whole(Body));
        await Fetch(server);
        AssertWhole();
    }

    [Fact]
    public async Task A_dropped_connection_is_taken_up_where_it_ended()
    {
        await using var server = new ScriptedServer(Cut(Body, 200_000), Ranged(Body));
        await Fetch(server);
        AssertWhole();
        var second = server.Requests.ElementAt(1);
        Assert.Equal(200_000, second.RangeFrom);
        Assert.Equal("\"v1\"", second.Headers["If-Range"]);
        Assert.Contains(heard, progress => progress.Trouble is not null);
    }

    [Fact]
    public async Task Another_process_goes_on_where_one_ended()
    {
        await using (var server = new ScriptedServer(Cut(Body, 100_000)))
        {
            using var impatient = new FileDownload { Retries = 0 };
            string message = await Refused(server, impatient);
            Assert.Contains("100,000 of 300,000 bytes are kept", message);
        }
        await using var second = new ScriptedServer(Ranged(Body));
        await Fetch(second);
        AssertWhole();
        Assert.Equal(100_000, second.Requests.Single().RangeFrom);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_starts_anew()
    {
        await using var server = new ScriptedServer(Cut(Body, 200_000), Whole(Body));
        await Fetch(server);
        AssertWhole();
    }

    [Fact]
    public async Task A_server_that_sends_another_range_starts_anew()
    {
        await using var server = new ScriptedServer(
            Cut(Body, 200_000), Send(206, Body[100..], "Content-Length: 299900", "Content-Range: bytes 100-299999/300000"), Whole(Body));
        await Fetch(server);
        AssertWhole();
    }

    [Fact]
    public async Task A_server_that_has_no_such_range_starts_anew()
    {
        await using var server = new ScriptedServer(Cut(Body, 200_000), Send(416, [], "Content-Length: 0", "Content-Range: bytes */100"), Whole(Body));
        await Fetch(server);
        AssertWhole();
    }

    [Fact]
    public async Task Leftovers_of_another_version_are_thrown_away_and_it_starts_anew()
    {
        File.WriteAllBytes(Target + ".part", new byte[120_000]);
        await using var server = new ScriptedServer(Ranged(Body));
        await Fetch(server);
        AssertWhole();
        Assert.Equal([120_000, null], server.Requests.Select(request => request.RangeFrom));
    }

    [Fact]
    public async Task Leftovers_longer_than_the_file_are_thrown_away()
    {
        File.WriteAllBytes(Target + ".part", new byte[400_000]);
        await using var server = new ScriptedServer(Whole(Body));
        await Fetch(server);
        AssertWhole();
    }

    [Fact]
    public async Task Three_failures_and_then_success()
    {
        await using var server = new ScriptedServer(Send(503, [], "Content-Length: 0"), Cut(Body, 10), Send(429, [], "Content-Length: 0"), Whole(Body));
        await Fetch(server);
        AssertWhole();
        Assert.Equal(3, heard.Count(progress => progress.Trouble is not null));
    }

    [Fact]
    public async Task Four_failures_end_it_with_the_reason()
    {
        await using var server = new ScriptedServer(Send(503, [], "Content-Length: 0"));
        string message = await Refused(server);
        Assert.Contains("4 attempts", message);
        Assert.Contains("503", message);
        Assert.Empty(folder.Names());
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task A_connection_that_ends_early_every_time_is_kept_as_far_as_it_came()
    {
        await using var server = new ScriptedServer(Cut(Body, 150_000));
        string message = await Refused(server);
        Assert.Contains("file.bin.part", message);
        Assert.Equal(Body[..150_000], File.ReadAllBytes(Target + ".part"));
    }

    [Fact]
    public async Task Other_bytes_of_the_right_length_are_deleted_and_both_hashes_named()
    {
        byte[] other = [.. Body];
        other[7]++;
        await using var server = new ScriptedServer(Whole(other));
        string message = await Refused(server);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(Body)), message);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(other)), message);
        Assert.Empty(folder.Names());
    }

    [Theory]
    [InlineData(299_999)]
    [InlineData(300_001)]
    [InlineData(int.MaxValue)]
    public async Task Another_announced_length_is_refused_before_anything_is_read(int length)
    {
        await using var server = new ScriptedServer(Send(200, Body, $"Content-Length: {length}"));
        Assert.Contains($"{length:N0} bytes", await Refused(server));
        Assert.Single(server.Requests);
        Assert.Empty(folder.Names());
    }

    /// <summary>A stream without end is stopped at the file's length and one block.</summary>
    [Fact]
    [Trait("Reliability", "T24")]
    public async Task More_than_the_file_has_is_stopped()
    {
        long sent = 0;
        await using var server = new ScriptedServer(async (request, connection, stop) =>
        {
            await Send(200, [], "Content-Type: application/gzip")(request, connection, stop);
            for (; sent < 200_000_000; sent += Body.Length)
                await connection.WriteAsync(Body, stop);
        });
        Assert.Contains("more than the 300,000 bytes", await Refused(server));
        // What the server could send beyond lies in the system's buffers.
        Assert.InRange(sent, 0, 50_000_000);
        Assert.Empty(folder.Names());
    }

    [Theory]
    [InlineData("Content-Type: text/html; charset=utf-8", "hello")]
    [InlineData("Content-Type: application/octet-stream", "  <!DOCTYPE html><p>Log in to the hotel's network")]
    public async Task A_web_page_is_told_from_data(string header, string page)
    {
        await using var server = new ScriptedServer(Send(200, Encoding.UTF8.GetBytes(page), header));
        Assert.Contains("web page (HTML)", await Refused(server));
        Assert.Single(server.Requests);
        Assert.Empty(folder.Names());
    }

    [Fact]
    public async Task A_web_page_does_not_cost_what_was_downloaded_before()
    {
        await using var server = new ScriptedServer(Cut(Body, 200_000), Send(200, "log in"u8.ToArray(), "Content-Type: text/html"));
        await Refused(server);
        Assert.Equal(200_000, new FileInfo(Target + ".part").Length);
    }

    [Fact]
    public async Task A_missing_file_is_not_asked_for_again()
    {
        await using var server = new ScriptedServer(Send(404, [], "Content-Length: 0"));
        Assert.Contains("404", await Refused(server));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_stall_is_given_up_and_taken_up_again()
    {
        using var impatient = new FileDownload { FirstDelay = TimeSpan.FromMilliseconds(1), StallTimeout = TimeSpan.FromSeconds(1.5) };
        await using var server = new ScriptedServer(
            async (request, connection, stop) =>
            {
                await Cut(Body, 200_000)(request, connection, stop);
                await WaitForHangUp(connection, stop);
            },
            async (_, connection, stop) => await WaitForHangUp(connection, stop),
            Ranged(Body));
        await impatient.Fetch(FileAt(server.Address()), Target, new Listener(heard), TestContext.Current.CancellationToken);
        AssertWhole();
        Assert.Contains(heard, progress => progress.Trouble?.Contains("stopped sending for 1.5 s") == true);
        Assert.Contains(heard, progress => progress.Trouble?.Contains("did not answer for 1.5 s") == true);

        static async Task WaitForHangUp(Stream connection, CancellationToken stop)
        {
            while (await connection.ReadAsync(new byte[16], stop) > 0)
            {
            }
        }
    }

    [Fact]
    public async Task Ten_redirects_are_followed()
    {
        var answers = Enumerable.Range(1, 10).Select(i => Send(302, [], "Content-Length: 0", $"Location: /step{i}"));
        await using var server = new ScriptedServer([.. answers, Whole(Body)]);
        await Fetch(server);
        AssertWhole();
        Assert.StartsWith("GET /step10 ", server.Requests.Last().Line);
    }

    [Fact]
    public async Task An_eleventh_redirect_is_refused()
    {
        await using var server = new ScriptedServer(Send(301, [], "Content-Length: 0", "Location: /again"));
        Assert.Contains("more than 10 times", await Refused(server));
        Assert.Equal(11, server.Requests.Count);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.org/file.bin")]
    public async Task A_redirect_to_another_kind_of_address_is_refused(string location)
    {
        await using var server = new ScriptedServer(Send(302, [], "Content-Length: 0", $"Location: {location}"));
        string message = await Refused(server);
        Assert.Contains(location, message);
        Assert.Contains("refused", message);
        Assert.Empty(folder.Names());
    }

    [Fact]
    public async Task No_server_at_all_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/file.bin");
        listener.Stop();
        var error = await Assert.ThrowsAsync<FrugalException>(() => download.Fetch(FileAt(address), Target, null, TestContext.Current.CancellationToken));
        Assert.Contains(address.ToString(), error.Message);
        Assert.Contains("Check the network", error.Message);
    }

    [Fact]
    public async Task Cancelling_keeps_what_has_arrived()
    {
        using var cancellation = new CancellationTokenSource();
        await using var server = new ScriptedServer(async (request, connection, stop) =>
        {
            await Cut(Body, 100_000)(request, connection, stop);
            cancellation.Cancel();
            await connection.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, stop);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download.Fetch(FileAt(server.Address()), Target, null, cancellation.Token));
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_named()
    {
        var error = await Assert.ThrowsAsync<FrugalException>(
            () => download.Fetch(FileAt(new("http://127.0.0.1:9/file.bin")), folder.File("none/file.bin"), null, TestContext.Current.CancellationToken));
        Assert.Contains("none", error.Message);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FileDownload { StallTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FileDownload { FirstDelay = TimeSpan.FromSeconds(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FileDownload { Retries = -1 });
    }
}
