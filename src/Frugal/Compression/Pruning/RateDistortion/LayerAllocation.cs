namespace Frugal.Compression.Pruning;

/// <summary>How rate-distortion pruning shares its budget out among layers.</summary>
public enum LayerAllocation
{
    /// <summary>So that the outputs change least, by the layers' measured distortion curves.</summary>
    Distortion,

    /// <summary>The same share of every layer.</summary>
    Uniform,

    /// <summary>The smallest weights, wherever they are.</summary>
    Global,
}
