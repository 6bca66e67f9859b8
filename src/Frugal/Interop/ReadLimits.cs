namespace Frugal.Interop;

/// <summary>
/// How much a file from elsewhere may ask for. Every reader checks a declared size against what the file holds and against these limits
/// before it allocates anything.
/// </summary>
public sealed record ReadLimits
{
    private const long Mebibyte = 1 << 20;
    private readonly long maxHeaderBytes = 16 * Mebibyte;
    private readonly int maxTensors = 100_000;
    private readonly int maxRank = 64;
    private readonly long maxJsonBytes = Mebibyte;
    private readonly int maxJsonDepth = 64;
    private readonly long maxBufferedBytes = 32 * Mebibyte;

    /// <summary>For files of unknown origin; the default of every reader. Far above what published models need.</summary>
    public static ReadLimits Untrusted { get; } = new();

    /// <summary>For files that the reader's own machine wrote, or whose origin was checked.</summary>
    public static ReadLimits Trusted { get; } = new()
    {
        MaxHeaderBytes = 100_000_000,
        MaxTensors = 10_000_000,
        MaxJsonBytes = 256 * Mebibyte,
        MaxJsonDepth = 512,
        MaxBufferedBytes = Array.MaxLength,
        AllowLinks = true,
    };

    /// <summary>Bytes of a safetensors header or of a shard index, 2 to 100,000,000 (the format's own bound). Default 16 MiB.</summary>
    public long MaxHeaderBytes { get => maxHeaderBytes; init => maxHeaderBytes = Guard.Between(value, 2, 100_000_000); }

    /// <summary>Tensors in one file or one shard index, at least 1. Default 100,000.</summary>
    public int MaxTensors { get => maxTensors; init => maxTensors = Guard.AtLeast(value, 1); }

    /// <summary>Dimensions of one tensor, 1 to 64 (libtorch's own bound). Default 64.</summary>
    public int MaxRank { get => maxRank; init => maxRank = Guard.Between(value, 1, 64); }

    /// <summary>Bytes of a JSON file such as <c>config.json</c>, at least 2. Default 1 MiB.</summary>
    public long MaxJsonBytes { get => maxJsonBytes; init => maxJsonBytes = Guard.Between(value, 2, Array.MaxLength); }

    /// <summary>Nesting of a JSON file, 1 to 1,000. Default 64.</summary>
    public int MaxJsonDepth { get => maxJsonDepth; init => maxJsonDepth = Guard.Between(value, 1, 1_000); }

    /// <summary>Bytes kept in memory of a stream that cannot seek, at least 8. Default 32 MiB; files are never buffered.</summary>
    public long MaxBufferedBytes { get => maxBufferedBytes; init => maxBufferedBytes = Guard.Between(value, 8, Array.MaxLength); }

    /// <summary>
    /// Whether a name found inside a file may lead through a symbolic link, or to a file with more than one name. Off by default;
    /// Hugging Face's own download cache is made of links and needs it. A path that the caller gives is always followed.
    /// </summary>
    public bool AllowLinks { get; init; }
}
