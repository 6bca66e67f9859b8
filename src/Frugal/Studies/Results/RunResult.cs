using Frugal.Recipes;

namespace Frugal.Studies.Results;

/// <summary>What came of one recipe with one seed. Stored as <c>result.json</c> beside the trained model.</summary>
public sealed record RunResult
{
    /// <summary>Hash of recipe, data, seed and version: the same key is the same run.</summary>
    public required string Key { get; init; }

    /// <summary>Seed of the run.</summary>
    public required long Seed { get; init; }

    /// <summary>The recipe in full, every option written out.</summary>
    public required string Recipe { get; init; }

    /// <summary>Version of Frugal that ran it.</summary>
    public required string Version { get; init; }

    /// <summary>What was measured, by metric name; what was not measured is absent.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>What each step did.</summary>
    public required IReadOnlyList<StepReport> Steps { get; init; }

    /// <summary>The learning curve over all training.</summary>
    public required IReadOnlyList<CurvePoint> Curve { get; init; }

    /// <summary>Sparsity of each weight in the end.</summary>
    public required IReadOnlyList<LayerSparsity> Layers { get; init; }

    /// <summary>What a person should know of the run.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
