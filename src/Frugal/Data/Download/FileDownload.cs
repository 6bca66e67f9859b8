namespace Frugal.Data.Download;

/// <summary>
/// Downloads files. What arrives is kept in <c>NAME.part</c>; a broken connection is taken up again where it ended, by this process or a later one. The final name
/// appears only when length and SHA-256 are right.
/// </summary>
public sealed class FileDownload : IDisposable
{
    // A connection that got this far before it broke counts as a fresh start: large files over bad lines arrive in the end.
    private const long ProgressThatCounts = 1 << 20;

    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly TimeSpan stallTimeout = TimeSpan.FromSeconds(30);
    private readonly TimeSpan firstDelay = TimeSpan.FromSeconds(1);
    private readonly int retries = 3;

    /// <summary>How long nothing may arrive before a connection is given up. Above zero, default 30 s.</summary>
    public TimeSpan StallTimeout { get => stallTimeout; init => stallTimeout = TimeSpan.FromSeconds(Guard.Positive(value.TotalSeconds)); }

    /// <summary>Pause before the first retry; each further one waits twice as long. Not negative, default 1 s.</summary>
    public TimeSpan FirstDelay { get => firstDelay; init => firstDelay = TimeSpan.FromSeconds(Guard.NotNegative(value.TotalSeconds)); }

    /// <summary>Retries without progress before it is given up, 0 to 100. Default 3.</summary>
    [Catalogue.Range(0, 100)]
    public int Retries { get => retries; init => retries = Guard.Between(value, 0, 100); }

    /// <summary>Downloads a file, unless it is there already.</summary>
    /// <param name="file">What to download.</param>
    /// <param name="path">The file to make; its folder must exist.</param>
    /// <param name="progress">Told of each block and each retry.</param>
    /// <param name="cancellation">Ends the download; what has arrived is kept.</param>
    /// <exception cref="FrugalException">It cannot be downloaded, or is not what it should be; no file is left under the final name.</exception>
    public async Task Fetch(RemoteFile file, string path, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (IsThere(file, path))
            return;
        using var part = PartialFile.Open(path);
        bool isFresh = part.Length == 0;
        for (int failures = 0; ;)
        {
            long before = part.Length;
            try
            {
                await new DownloadAttempt(client, file, part, StallTimeout, progress).Run(cancellation).ConfigureAwait(false);
                Verify(file, part, isFresh);
                part.Finish();
                return;
            }
            catch (BrokenOffException e)
            {
                isFresh |= part.Length == 0;
                failures = part.Length - before >= ProgressThatCounts ? 1 : failures + 1;
                if (failures > Retries)
                    throw GivenUp(file, part, e, failures);
                var delay = FirstDelay * (1L << (failures - 1));
                progress?.Report(new(file.Name, part.Length, file.Bytes, $"{e.Message}; trying again in {delay.TotalSeconds:0.#} s"));
                await Task.Delay(delay, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static bool IsThere(RemoteFile file, string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != file.Bytes)
            return false;
        using var stream = File.OpenRead(path);
        return Matches(file, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream)));
    }

    private static void Verify(RemoteFile file, PartialFile part, bool isFresh)
    {
        string found = part.Hash();
        if (Matches(file, found))
            return;
        if (!isFresh)
        {
            // The bytes of an earlier day may belong to an earlier version.
            part.Clear();
            throw new BrokenOffException("what was downloaded earlier does not belong to what the server has now");
        }
        part.Delete();
        throw new FrugalException(
            $"{file.Address} is not the file it should be: its SHA-256 is {found}, expected was {file.Sha256}. It was deleted; try again, and if it stays so, do not use it.");
    }

    private static bool Matches(RemoteFile file, string hash) => string.Equals(hash, file.Sha256, StringComparison.OrdinalIgnoreCase);

    private static FrugalException GivenUp(RemoteFile file, PartialFile part, BrokenOffException cause, int attempts)
    {
        string kept = part.Length == 0
            ? ""
            : $" {part.Length:N0} of {file.Bytes:N0} bytes are kept in {part.Path}; the same command goes on from there.";
        return new FrugalException($"{file.Address} could not be downloaded in {attempts} attempts: {cause.Message}. Check the network and try again.{kept}", cause);
    }
}
