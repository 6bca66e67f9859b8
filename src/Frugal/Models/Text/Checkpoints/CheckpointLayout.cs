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

    /// <summary>Whether the file keeps a weight the other way round. A layer that took the place of such a matrix may have a weight of its name that is none.</summary>
    public bool Turns(string name, IReadOnlyCollection<long> shape) => shape.Count == 2 && Transposed.Contains(name);
}
