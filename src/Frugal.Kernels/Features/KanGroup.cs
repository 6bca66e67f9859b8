namespace Frugal.Kernels;

/// <summary>
/// <see cref="KanFunctions"/> as the kernel reads them. Function n of the i-th input is feature <c>First + n · Stride + i</c>; the stride is whole vectors, so that a row's inputs fill them.
/// </summary>
internal sealed class KanGroup
{
    private const int MaxLanes = 16;

    /// <param name="functions">Inputs and functions.</param>
    /// <param name="first">The first feature.</param>
    public KanGroup(KanFunctions functions, int first)
    {
        (Function, Count, Order, First) = (functions.Function, functions.Count, functions.Order, first);
        Inputs = new([.. functions.Inputs]);
        Stride = (functions.Inputs.Count + MaxLanes - 1) / MaxLanes * MaxLanes;
        var knots = Function == KanFunction.BSpline ? functions.Knots! : [];
        Knots = new(knots.Count == 0 ? 0 : KnotCount * Stride);
        Reciprocals = new(knots.Count == 0 ? 0 : Order * KnotCount * Stride);
        for (var i = 0; i < knots.Count; i++)
            Knots.Span[i % KnotCount * Stride + i / KnotCount] = knots[i];
        for (var degree = 1; degree <= Order && knots.Count > 0; degree++)
            for (var knot = 0; knot + degree < KnotCount; knot++)
                for (var i = 0; i < functions.Inputs.Count; i++)
                    Reciprocals.Span[((degree - 1) * KnotCount + knot) * Stride + i] = 1 / (Knots.Span[(knot + degree) * Stride + i] - Knots.Span[knot * Stride + i]);
    }

    public KanFunction Function { get; }

    public int Count { get; }

    public int Order { get; }

    public int First { get; }

    public int Stride { get; }

    /// <summary>Columns of the input.</summary>
    public AlignedBuffer<int> Inputs { get; }

    /// <summary><c>[knots, Stride]</c>.</summary>
    public AlignedBuffer<float> Knots { get; }

    /// <summary>1 over the distance of a knot to the one that lies so many degrees further, <c>[order, knots, Stride]</c>.</summary>
    public AlignedBuffer<float> Reciprocals { get; }

    public int KnotCount => Count + Order + 1;

    /// <summary>The feature behind its last.</summary>
    public int End => First + Count * Stride;

    public long Bytes => Inputs.Bytes + Knots.Bytes + Reciprocals.Bytes;
}
