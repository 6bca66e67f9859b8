using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>Knots of splines that follow the values of their inputs.</summary>
internal static class KanGrid
{
    private const double Margin = 0.01;

    /// <summary>Knots of each input: inner ones at quantiles of its values, mixed with ones at equal distances, and as many beyond each end as the order asks for, <c>[inputs, gridSize + 2 order + 1]</c>.</summary>
    /// <param name="rows">Values, <c>[rows, inputs]</c>.</param>
    /// <param name="gridSize">Intervals between inner knots.</param>
    /// <param name="order">Order of the splines.</param>
    /// <param name="uniformShare">Share of the equal distances; inputs with one value only get these alone.</param>
    public static Tensor Of(Tensor rows, int gridSize, int order, double uniformShare)
    {
        using var scope = NewDisposeScope();
        var (sorted, _) = rows.sort(0);
        var places = (linspace(0, rows.shape[0] - 1, gridSize + 1, dtype: float64, device: rows.device)).round().to(int64);
        var quantiles = sorted.index_select(0, places);
        Tensor low = sorted[0] - Margin, high = sorted[-1] + Margin;
        var step = (high - low) / gridSize;
        var even = low + arange(gridSize + 1, dtype: rows.dtype, device: rows.device).unsqueeze(1) * step;
        var inner = uniformShare * even + (1 - uniformShare) * cat([low.unsqueeze(0), quantiles.narrow(0, 1, gridSize - 1), high.unsqueeze(0)]);
        // Knots may coincide where a value is frequent, and a spline needs each interval to have a length.
        var tooClose = (inner.narrow(0, 1, gridSize) - inner.narrow(0, 0, gridSize)).amin([0]).lt(1e-3 * step);
        inner = where(tooClose, even, inner);
        var beyond = arange(1, order + 1, dtype: rows.dtype, device: rows.device).unsqueeze(1) * step;
        return cat([(inner[0] - beyond).flip(0), inner, inner[-1] + beyond]).t().contiguous().MoveToOuterDisposeScope();
    }
}
