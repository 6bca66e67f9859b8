using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>The forms of one layer, tried on what it was given: the fastest that is exact enough.</summary>
/// <param name="Call">The layer's call.</param>
/// <param name="Packed">The layer in its best form, or null where no form is for it or exact enough.</param>
/// <param name="Form">Name of the form.</param>
/// <param name="Error">Difference of its outputs, as a part of their size.</param>
/// <param name="Timing">How long the layer takes and its best form, or null where there is none.</param>
/// <param name="Reason">Why there is no packed form.</param>
internal sealed record LayerTrial(TracedCall Call, Module<Tensor, Tensor>? Packed, string? Form, double Error, Timing? Timing, string? Reason)
{
    // Rows enough for an error that is not an accident of one of them.
    private const int MaxRows = 4096;

    /// <summary>Tries all forms.</summary>
    /// <param name="call">The layer's call, with the rows that it was given.</param>
    /// <param name="rowCounts">Numbers of rows to measure with.</param>
    /// <param name="maxError">Largest error of a form that is not exact.</param>
    public static LayerTrial Of(TracedCall call, IReadOnlyList<int> rowCounts, double maxError)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layer = call.Layer!;
        if (layer.Obstacle is { } obstacle)
            return new(call, null, null, 0, null, obstacle);
        var rows = call.Rows!.narrow(0, 0, Math.Min(call.Rows!.shape[0], MaxRows));
        var exact = layer.Module.call(rows);
        var fitting = new List<(Module<Tensor, Tensor> Packed, string Form, double Error)>();
        double smallest = double.PositiveInfinity;
        foreach (var form in PackedForms.All.Where(form => form.IsExact || maxError > 0))
        {
            if (form.TryBuild(layer) is not { } packed)
                continue;
            packed.eval();
            double error = RelativeError.Of(packed.call(rows), exact);
            smallest = Math.Min(smallest, error);
            if (error <= (form.IsExact ? Packing.Rounding : maxError))
                fitting.Add((packed, form.Name, error));
            else
                packed.Dispose();
        }
        if (fitting.Count == 0)
            return new(call, null, null, 0, null, WhyNot(layer, smallest, maxError));
        var timings = Timing.Of(layer.Module, [.. fitting.Select(each => each.Packed)], call.Rows, rowCounts);
        int best = Enumerable.Range(0, fitting.Count).MaxBy(i => timings[i].Gain);
        foreach (var loser in fitting.Where((_, i) => i != best))
            loser.Packed.Dispose();
        return new(call, fitting[best].Packed, fitting[best].Form, fitting[best].Error, timings[best], null);
    }

    private static string WhyNot(PackableLayer layer, double smallestError, double maxError) => double.IsFinite(smallestError)
        ? FormattableString.Invariant($"the smallest error of a packed form is {smallestError:0.#e+0}, and {maxError:0.#e+0} is allowed")
        : FormattableString.Invariant($"only {layer.Sparsity:P0} of its weights are zero; packing pays from {SparseForm.LeastSparsity:P0}");
}
