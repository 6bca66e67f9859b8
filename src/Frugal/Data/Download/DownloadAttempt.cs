using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Frugal.Data.Download;

/// <summary>One connection that adds to a partial file until it is complete.</summary>
/// <param name="client">A client that does not follow redirects itself.</param>
/// <param name="file">What to download.</param>
/// <param name="part">What is there.</param>
/// <param name="stallTimeout">How long nothing may arrive.</param>
/// <param name="progress">Told of each block.</param>
internal sealed class DownloadAttempt(HttpClient client, RemoteFile file, PartialFile part, TimeSpan stallTimeout, IProgress<DownloadProgress>? progress)
{
    private const int BlockBytes = 1 << 16;

    /// <summary>Downloads what is missing.</summary>
    /// <exception cref="BrokenOffException">It ended early, for a reason that may be gone next time.</exception>
    /// <exception cref="FrugalException">The server has something else than the file.</exception>
    public async Task Run(CancellationToken cancellation)
    {
        if (part.Length > file.Bytes)
            part.Clear();
        if (part.Length == file.Bytes)
            return;
        using var response = await WithinStall(token => Redirects.Send(client, file.Address, Request, token), "did not answer", cancellation).ConfigureAwait(false);
        Accept(response);
        await Receive(response, cancellation).ConfigureAwait(false);
    }

    private HttpRequestMessage Request(Uri address)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.AcceptEncoding.Add(new("identity"));
        if (part.Length > 0)
        {
            request.Headers.Range = new RangeHeaderValue(part.Length, null);
            if (part.Tag is { } tag)
                request.Headers.TryAddWithoutValidation("If-Range", tag);
        }
        return request;
    }

    // Decides from the headers whether what follows is the rest of the file, the whole file, or something else.
    private void Accept(HttpResponseMessage response)
    {
        bool isRest = response.StatusCode == HttpStatusCode.PartialContent && part.Length > 0 && IsRest(response);
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
            case HttpStatusCode.PartialContent when isRest:
                break;
            case HttpStatusCode.PartialContent:
                part.Clear();
                throw new BrokenOffException("the server sent another part of the file than the one asked for");
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                part.Clear();
                throw new BrokenOffException("the server does not have the rest of what was downloaded earlier");
            case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                throw new BrokenOffException($"the server answered {Status(response)}");
            default:
                throw new FrugalException($"{file.Address} answered {Status(response)}; the file is not to be had there.");
        }
        if (response.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
            throw IsWebPage();
        long expected = isRest ? file.Bytes - part.Length : file.Bytes;
        if (response.Content.Headers.ContentLength is { } announced && announced != expected)
            throw new FrugalException(
                $"{file.Address} announces {announced:N0} bytes where {expected:N0} were expected; what is there now is another file of the same name.");
        if (isRest)
            return;
        // The whole file follows: the server ignores ranges, or has a newer version than the one begun.
        part.Clear();
        part.Tag = TagOf(response);
    }

    private async Task Receive(HttpResponseMessage response, CancellationToken cancellation)
    {
        using var stream = await WithinStall(response.Content.ReadAsStreamAsync, "did not answer", cancellation).ConfigureAwait(false);
        var block = new byte[BlockBytes];
        while (true)
        {
            int count = await WithinStall(async token => await stream.ReadAsync(block, token).ConfigureAwait(false), "stopped sending", cancellation).ConfigureAwait(false);
            if (count == 0)
                break;
            if (part.Length == 0 && BeginsLikeWebPage(block.AsSpan(0, count)))
                throw IsWebPage();
            if (part.Length + count > file.Bytes)
            {
                part.Clear();
                throw new FrugalException($"{file.Address} sends more than the {file.Bytes:N0} bytes that the file has; stopped.");
            }
            part.Append(block.AsMemory(0, count));
            progress?.Report(new(file.Name, part.Length, file.Bytes));
        }
        if (part.Length < file.Bytes)
            throw new BrokenOffException($"the connection ended after {part.Length:N0} of {file.Bytes:N0} bytes");
    }

    private async Task<T> WithinStall<T>(Func<CancellationToken, Task<T>> action, string failure, CancellationToken cancellation)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stall.CancelAfter(stallTimeout);
        try
        {
            return await action(stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new BrokenOffException($"{file.Address.Host} {failure} for {stallTimeout.TotalSeconds:0.#} s", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new BrokenOffException((e.InnerException ?? e).Message.TrimEnd('.'), e);
        }
    }

    private bool IsRest(HttpResponseMessage response) =>
        response.Content.Headers.ContentRange is { } range && range.From == part.Length && (range.Length is null || range.Length == file.Bytes);

    private FrugalException IsWebPage() =>
        new($"{file.Address} sent a web page (HTML) in place of the file, mostly a notice or a log-in page of a network; open the address in a browser to see it.");

    private static bool BeginsLikeWebPage(ReadOnlySpan<byte> block)
    {
        string start = Encoding.Latin1.GetString(block[..Math.Min(64, block.Length)]).TrimStart();
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }

    // A weak tag may stay when bytes change, and so may not go into If-Range.
    private static string? TagOf(HttpResponseMessage response) => response.Headers.ETag is { IsWeak: false } tag ? tag.Tag
        : response.Content.Headers.LastModified?.ToString("R");

    private static string Status(HttpResponseMessage response) => $"{(int)response.StatusCode} {response.ReasonPhrase}";
}
