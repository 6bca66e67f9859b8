namespace Frugal.Data.Download;

/// <summary>How far the download of a file has come.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Done">Bytes that are there.</param>
/// <param name="Total">Bytes in all.</param>
/// <param name="Trouble">What went wrong just now and is tried again, or null.</param>
public sealed record DownloadProgress(string File, long Done, long Total, string? Trouble = null);
