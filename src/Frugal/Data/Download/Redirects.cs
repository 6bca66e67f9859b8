using System.Net;

namespace Frugal.Data.Download;

/// <summary>Follows redirects, as far as they are safe to follow.</summary>
internal static class Redirects
{
    /// <summary>Most redirects that are followed.</summary>
    public const int Most = 10;

    /// <summary>Sends a request to an address and wherever that redirects to; gives the last answer, headers only.</summary>
    /// <param name="client">A client that does not follow redirects itself.</param>
    /// <param name="address">Where to begin.</param>
    /// <param name="requestFor">Makes the request for an address.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="FrugalException">Too many redirects, or one that must not be followed.</exception>
    public static async Task<HttpResponseMessage> Send(HttpClient client, Uri address, Func<Uri, HttpRequestMessage> requestFor, CancellationToken cancellation)
    {
        var at = address;
        for (int count = 0; ; count++)
        {
            using var request = requestFor(at);
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (!IsRedirect(response.StatusCode))
                return response;
            using (response)
            {
                if (count == Most)
                    throw new FrugalException($"{address} redirects more than {Most} times, the last time from {at}; the address is wrong or the server is misconfigured.");
                at = Next(address, at, response.Headers.Location);
            }
        }
    }

    private static Uri Next(Uri address, Uri at, Uri? location)
    {
        if (location is null)
            throw new FrugalException($"{at} redirects to nowhere.");
        var next = location.IsAbsoluteUri ? location : new Uri(at, location);
        if (next.Scheme != Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttp)
            throw new FrugalException($"{address} redirects to {next}, which is no web address; that is refused.");
        if (at.Scheme == Uri.UriSchemeHttps && next.Scheme == Uri.UriSchemeHttp)
            throw new FrugalException($"{address} redirects from an encrypted address to {next}, which is not; that is refused.");
        return next;
    }

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
}
