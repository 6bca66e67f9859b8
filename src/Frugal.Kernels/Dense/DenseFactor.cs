namespace Frugal.Kernels;

/// <summary>A dense weight and the distances of its inputs, which lie side by side.</summary>
internal sealed unsafe class DenseFactor
{
    private readonly AlignedBuffer<int> _distances;

    /// <param name="weight"><c>[outputs, inputs]</c>.</param>
    public DenseFactor(ReadOnlySpan<float> weight, int outputs, int inputs)
    {
        Panels = new(weight, outputs, inputs);
        _distances = new(inputs);
        for (var i = 0; i < inputs; i++)
            _distances.Span[i] = i;
    }

    public FloatPanels Panels { get; }

    public long Bytes => Panels.Bytes + _distances.Bytes;

    /// <summary>The product with rows, as a kernel runs it.</summary>
    /// <param name="pitch">Floats from one row of the sums to the next.</param>
    /// <param name="isOne">Whether there is one row in the whole call.</param>
    public PanelRows Product(nint pitch, bool isOne) => new(Panels, _distances.Pointer, pitch, isOne);

    /// <summary>The weight, <c>[outputs, inputs]</c>.</summary>
    public float[] Unpacked()
    {
        var weight = new float[Panels.Outputs * Panels.Inputs];
        Panels.Unpack(weight);
        return weight;
    }
}
