namespace Frugal.Kernels;

/// <summary>A dense weight in panels of sixteen outputs, whose weights for the same input lie side by side.</summary>
internal sealed unsafe class FloatPanels
{
    /// <summary>Outputs in a panel; those behind the last output are zeros.</summary>
    public const int Width = 16;

    /// <summary>More than a gigabyte is nobody's layer.</summary>
    private const long MaxLength = 1 << 28;

    private readonly AlignedBuffer<float> _values;

    /// <param name="weight"><c>[outputs, inputs]</c>; subnormal weights are taken as zeros and counted.</param>
    public FloatPanels(ReadOnlySpan<float> weight, int outputs, int inputs)
    {
        (Outputs, Inputs) = (outputs, inputs);
        _values = new(Pitch * inputs);
        for (var i = 0; i < weight.Length; i++)
        {
            var subnormal = float.IsSubnormal(weight[i]);
            FlushedSubnormals += subnormal ? 1 : 0;
            NonZeros += weight[i] == 0 || subnormal ? 0 : 1;
            _values.Span[Place(i / inputs, i % inputs)] = subnormal ? 0 : weight[i];
        }
    }

    public int Outputs { get; }

    public int Inputs { get; }

    /// <summary>Outputs in whole panels.</summary>
    public int Pitch => PitchOf(Outputs);

    public long NonZeros { get; }

    public long FlushedSubnormals { get; }

    public long Bytes => _values.Bytes;

    public static int PitchOf(int outputs) => (outputs + Width - 1) / Width * Width;

    /// <summary>Whether such a weight can be held.</summary>
    public static bool Fits(double outputs, double inputs) => (outputs + Width) * inputs <= MaxLength;

    /// <summary>The weights of an output, <see cref="Width"/> floats from one input to the next.</summary>
    public float* From(int output) => _values.Pointer + Place(output, 0);

    /// <summary>The weight as it was given, but for subnormal ones.</summary>
    public void Unpack(Span<float> weight)
    {
        for (var i = 0; i < weight.Length; i++)
            weight[i] = _values.Span[Place(i / Inputs, i % Inputs)];
    }

    private int Place(int output, int input) => (output / Width * Inputs + input) * Width + output % Width;
}
