namespace Frugal.Models.Text.Checkpoints;

/// <summary>How a family's weights stand in a file.</summary>
/// <param name="Prefix">What the names of the network without its head begin with; files of a network without a head leave it out.</param>
internal sealed record CheckpointLayout(string Prefix)
{
    /// <summary>Names in the file that repeat another weight; they are compared with it and not loaded.</summary>
    public IReadOnlyDictionary<string, string> Repeated { get; init; } = new Dictionary<string, string>();

    /// <summary>Buffers of old files that follow from the configuration.</summary>
    public IReadOnlySet<string> Ignored { get; init; } = new HashSet<string>();

    /// <summary>Matrices that the file keeps transposed.</summary>
    public IReadOnlySet<string> Transposed { get; init; } = new HashSet<string>();
}
