using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Frugal.Tests.Data.Download;

/// <summary>
/// A server on this machine that answers each connection by the next line of a script, and so can do what no server should: drop connections, lie about lengths, send
/// other bytes, stall.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;
    private readonly Queue<Answer> script;

    /// <summary>Answers one request on a connection; the connection is closed afterwards.</summary>
    public delegate Task Answer(Request request, Stream connection, CancellationToken stop);

    /// <param name="script">Answers in order; the last one is repeated.</param>
    public ScriptedServer(params Answer[] script)
    {
        this.script = new(script);
        listener.Start();
        serving = Serve();
    }

    /// <summary>What was asked so far.</summary>
    public ConcurrentQueue<Request> Requests { get; } = [];

    public Uri Address(string path = "file.bin") => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/{path}");

    /// <summary>Sends bytes with headers as given.</summary>
    public static Answer Send(int status, byte[] body, params string[] headers) => async (_, connection, stop) =>
    {
        string head = $"HTTP/1.1 {status} Scripted\r\n{string.Concat(headers.Select(header => header + "\r\n"))}Connection: close\r\n\r\n";
        await connection.WriteAsync(Encoding.ASCII.GetBytes(head), stop);
        await connection.WriteAsync(body, stop);
    };

    /// <summary>Sends the whole body with its length.</summary>
    public static Answer Whole(byte[] body) => Send(200, body, $"Content-Length: {body.Length}", "ETag: \"v1\"");

    /// <summary>Sends the beginning of the body and closes the connection.</summary>
    public static Answer Cut(byte[] body, int at) => Send(200, body[..at], $"Content-Length: {body.Length}", "ETag: \"v1\"");

    /// <summary>Answers a range as a good server does, and the whole otherwise.</summary>
    public static Answer Ranged(byte[] body) => (request, connection, stop) => request.RangeFrom is { } from
        ? Send(206, body[from..], $"Content-Length: {body.Length - from}", $"Content-Range: bytes {from}-{body.Length - 1}/{body.Length}")(request, connection, stop)
        : Whole(body)(request, connection, stop);

    public async ValueTask DisposeAsync()
    {
        stop.Cancel();
        await serving;
        listener.Stop();
        stop.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop.Token);
                using var connection = client.GetStream();
                var request = await Request.Read(connection, stop.Token);
                Requests.Enqueue(request);
                try
                {
                    await (script.Count > 1 ? script.Dequeue() : script.Peek())(request, connection, stop.Token);
                    client.Client.Shutdown(SocketShutdown.Send);
                }
                catch (IOException)
                {
                    // The client has hung up, which several tests want it to.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    /// <summary>A request's first line and headers.</summary>
    internal sealed record Request(string Line, IReadOnlyDictionary<string, string> Headers)
    {
        /// <summary>Where the asked range begins, or null when the whole was asked for.</summary>
        public int? RangeFrom => Headers.TryGetValue("Range", out string? range) ? int.Parse(range["bytes=".Length..^1]) : null;

        public static async Task<Request> Read(Stream connection, CancellationToken stop)
        {
            var text = new StringBuilder();
            var one = new byte[1];
            while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await connection.ReadAsync(one, stop) == 1)
                text.Append((char)one[0]);
            string[] lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
            return new(lines.Length > 0 ? lines[0] : "", lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
        }
    }
}
