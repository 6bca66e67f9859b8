using System.Runtime.InteropServices;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Runtime;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Calibration;

/// <summary>Runs a model over calibration examples and watches chosen values: first how far they reach, then how they are distributed.</summary>
internal sealed class CalibrationRun
{
    private readonly IReadOnlyList<string> watched;
    private readonly byte[] model;

    /// <param name="model">The model, in floating point.</param>
    /// <param name="watched">Names of the values to watch.</param>
    public CalibrationRun(OnnxModel model, IReadOnlyList<string> watched)
    {
        this.watched = watched;
        // Through operators of their own, inputs and outputs of the model can be watched as well.
        var probes = watched.Select((name, i) => new OnnxNode("Identity", $"watched/{i}", [name], [$"watched/{i}"], [])).ToList();
        this.model = (model with
        {
            Nodes = [.. model.Nodes, .. probes],
            Outputs = [.. probes.Select(probe => new OnnxValue(probe.Name, OnnxElement.Float, null))],
        }).ToArray();
    }

    /// <summary>The distribution of each watched value.</summary>
    /// <param name="batches">Inputs of the model.</param>
    /// <exception cref="GraphException">A value is not a finite number.</exception>
    public IReadOnlyDictionary<string, ActivationHistogram> Observe(IReadOnlyList<Tensor> batches)
    {
        using var session = new OnnxSession(model);
        var ranges = watched.Select(_ => (Low: double.PositiveInfinity, High: double.NegativeInfinity)).ToArray();
        Visit(session, batches, (i, value) =>
        {
            if (!value.isfinite().all().item<bool>())
                throw new GraphException($"The calibration examples make '{watched[i]}' infinite or undefined; look for broken examples or diverged weights.");
            ranges[i] = (Math.Min(ranges[i].Low, value.min().item<float>()), Math.Max(ranges[i].High, value.max().item<float>()));
        });
        var histograms = ranges.Select(range => new ActivationHistogram(range.Low, range.High)).ToArray();
        Visit(session, batches, (i, value) => histograms[i].Add(MemoryMarshal.Cast<byte, float>(value.bytes)));
        return watched.Zip(histograms).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static void Visit(OnnxSession session, IReadOnlyList<Tensor> batches, Action<int, Tensor> visit)
    {
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var values = session.Run([batch]);
            for (var i = 0; i < values.Count; i++)
                visit(i, values[i]);
        }
    }
}
