namespace Frugal.Kernels;

/// <summary>Products of panels with rows that begin anywhere: two vectors of outputs at a time meet all rows, so that a weight is read once.</summary>
/// <param name="panels">The weight.</param>
/// <param name="distances">From the start of a row to its inputs, <c>[inputs]</c>.</param>
/// <param name="pitch">Floats from one row of the sums to the next.</param>
/// <param name="isOne">Whether there is one row in the whole call: then inputs take turns, so that sums need not wait for each other.</param>
internal readonly unsafe struct PanelRows(FloatPanels panels, int* distances, nint pitch, bool isOne = false)
{
    private readonly int* _distances = distances;

    /// <summary>Sums some rows and outputs. The last rows may be summed twice, to the same bits, rather than one by one.</summary>
    /// <param name="input">What the rows begin in.</param>
    /// <param name="starts">Where each row begins; behind the last one <see cref="ScatteredRows.Most"/> more that may be read from.</param>
    /// <param name="firstOutput">The first output; the vector that it lies in is summed whole.</param>
    /// <param name="sums">Receives <c>[rows, outputs]</c>, and may be written behind the last row as far as <see cref="ScatteredRows.Most"/> rows go.</param>
    public void Multiply<TLanes, TVector>(float* input, int* starts, int firstRow, int endRow, int firstOutput, int endOutput, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var step = 2 * TLanes.Count;
        for (var output = firstOutput / step * step; output < endOutput; output += step)
        {
            // The last panel may have no neighbour: then it is its own, and stored twice.
            var second = output + TLanes.Count < panels.Pitch ? output + TLanes.Count : output;
            var weights = panels.From(output);
            var between = (nint)(panels.From(second) - weights);
            for (int row = firstRow, together; row < endRow; row += together)
            {
                together = isOne ? 1 : ScatteredRows.Together<TLanes, TVector>(endRow - row);
                var from = Math.Max(firstRow, Math.Min(row, endRow - together));
                ScatteredRows.Sum<TLanes, TVector>(together, input, starts + from, _distances, panels.Inputs, weights, between, sums + from * pitch + output, pitch, second - output);
            }
        }
    }
}
