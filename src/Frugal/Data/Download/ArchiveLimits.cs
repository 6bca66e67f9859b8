namespace Frugal.Data.Download;

/// <summary>How much an archive may unpack to: a few hundred kilobytes can hold gigabytes of zeros.</summary>
public sealed record ArchiveLimits
{
    private readonly long maxBytes = 10L << 30;
    private readonly int maxRatio = 100;
    private readonly int maxEntries = 1_000_000;

    /// <summary>Small archives may unpack to this much whatever the ratio, in bytes.</summary>
    internal const long RatioFloor = 1 << 20;

    /// <summary>Bytes in all, at least 1. Default 10 GiB.</summary>
    public long MaxBytes { get => maxBytes; init => maxBytes = Guard.AtLeast(value, 1); }

    /// <summary>Bytes unpacked for each byte of the archive, at least 1. Default 100.</summary>
    public int MaxRatio { get => maxRatio; init => maxRatio = Guard.AtLeast(value, 1); }

    /// <summary>Files and folders, at least 1. Default 1,000,000.</summary>
    public int MaxEntries { get => maxEntries; init => maxEntries = Guard.AtLeast(value, 1); }

    /// <summary>The bytes that an archive of this length may unpack to.</summary>
    internal long BytesFor(long archiveLength) => Math.Min(MaxBytes, Math.Max(RatioFloor, archiveLength > long.MaxValue / MaxRatio ? long.MaxValue : archiveLength * MaxRatio));
}
