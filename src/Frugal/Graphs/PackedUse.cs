namespace Frugal.Graphs;

/// <summary>A packed layer that ran in a captured forward pass.</summary>
/// <param name="Path">Its path in the model; empty for the model itself.</param>
/// <param name="Layer">The layer.</param>
internal sealed record PackedUse(string Path, IPackedLayer Layer)
{
    /// <summary>Rows of its input, over all its calls.</summary>
    public long Rows { get; set; }

    /// <summary>Whether what ran in this module, or the parameter with this name, is the packed layer's.</summary>
    public bool Covers(string path) => Path.Length == 0 || DottedPath.IsWithin(path, Path);
}
