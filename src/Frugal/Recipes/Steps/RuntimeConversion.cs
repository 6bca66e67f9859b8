using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Models.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Recipes.Steps;

/// <summary>
/// Lets ONNX Runtime compute the model from here on, in floating point: what another runtime alone saves, beside which a compressed model has to hold. A last step: the result cannot be
/// trained.
/// </summary>
[Entry("onnx-runtime")]
public sealed class RuntimeConversion : Step
{
    private readonly double tolerance = 1e-4;

    /// <summary>Largest difference to the model that is accepted, as a part of the largest output.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Tolerance { get => tolerance; init => tolerance = Guard.Positive(value); }

    /// <inheritdoc/>
    public override bool IsTimed => true;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model is not on the CPU, or cannot be exported; it is as before then.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Device.type != DeviceType.CPU)
            throw new FrugalException($"onnx-runtime makes a model for the CPU, but this one is on {subject.Device}; run the recipe with --device cpu.");
        using var scope = NewDisposeScope();
        var (model, info) = (subject.Model, subject.Data.Info);
        var graph = Graph.Capture(model, model.Example(1));
        var options = new OnnxExportOptions { Tolerance = Tolerance, Seed = subject.Random.Seed, Metadata = OnnxMetadata.Of(model, info) };
        subject.Model = RuntimeModel.Of(model, graph, OnnxExporter.InMemory(graph, options));
        model.Dispose();
        return subject;
    }
}
