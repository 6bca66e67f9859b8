namespace Frugal.Graphs;

/// <summary>A routed layer in a captured model.</summary>
/// <param name="Path">Its path; empty for the model itself.</param>
/// <param name="Layer">The layer.</param>
internal sealed record RoutedUse(string Path, IRoutedLayer Layer)
{
    private readonly string prefix = $"{(Path.Length == 0 ? "" : Path + '.')}{Layer.RoutedChildren}.";

    /// <summary>Whether what runs in this module is counted by share.</summary>
    public bool Covers(string path) => path.StartsWith(prefix, StringComparison.Ordinal);
}
