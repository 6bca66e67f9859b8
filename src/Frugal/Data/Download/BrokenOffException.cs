namespace Frugal.Data.Download;

/// <summary>An attempt ended before the file did, for a reason that may be gone at the next. Never leaves <see cref="FileDownload"/>.</summary>
internal sealed class BrokenOffException(string reason, Exception? inner = null) : Exception(reason, inner);
