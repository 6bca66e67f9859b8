namespace Frugal.Graphs.Onnx;

/// <summary>How a model is exported to ONNX.</summary>
public sealed class OnnxExportOptions
{
    private readonly double tolerance = 1e-4, absoluteTolerance = 1e-5;
    private readonly long largestFile = 2_000_000_000;

    /// <summary>Largest difference between ONNX Runtime and libtorch that is accepted, as a part of the largest output. Default 1e-4.</summary>
    public double Tolerance { get => tolerance; init => tolerance = Guard.Positive(value); }

    /// <summary>Largest difference that is accepted however small the outputs are, e.g. those of a network whose last layer starts at zero. Default 1e-5.</summary>
    public double AbsoluteTolerance { get => absoluteTolerance; init => absoluteTolerance = Guard.NotNegative(value); }

    /// <summary>Bytes of weights from which on they are written to a file of their own; protobuf cannot hold more than 2 GiB. Default 2,000,000,000.</summary>
    public long LargestFile { get => largestFile; init => largestFile = Guard.Between(value, 0, 2_000_000_000); }

    /// <summary>Seed of the random inputs that the exported model is tried on. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>What to note in the file, e.g. the model's configuration and the names of the classes.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
