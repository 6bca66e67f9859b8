namespace Frugal.Studies.Bench;

/// <summary>What a bench measures.</summary>
public sealed record BenchOptions
{
    private readonly IReadOnlyList<int> batchSizes = [1, 32];
    private readonly int rounds = 15;
    private readonly int? threads;

    /// <summary>Examples in a call. Default 1 and 32.</summary>
    public IReadOnlyList<int> BatchSizes
    {
        get => batchSizes;
        init => batchSizes = value is { Count: > 0 }
            ? [.. value.Select(size => Guard.Between(size, 1, 65_536, nameof(BatchSizes)))]
            : throw new ArgumentOutOfRangeException(nameof(BatchSizes), value, "BatchSizes must name at least one batch size");
    }

    /// <summary>Slices of a few milliseconds for each form, in turns with the others. Default 15.</summary>
    public int Rounds { get => rounds; init => rounds = Guard.Between(value, 3, 10_000); }

    /// <summary>Threads that each form may use, 1 to 1024; as many as libtorch does when null.</summary>
    public int? Threads { get => threads; init => threads = value is { } count ? Guard.Between(count, 1, 1024) : null; }

    /// <summary>Whether each layer is measured, besides the whole. Default true.</summary>
    public bool Layers { get; init; } = true;
}
