namespace Frugal.Kernels;

/// <summary>A weight of signs <c>[out, in]</c> as panels, a bit set for a negative weight, with what is done to inputs and sums.</summary>
internal sealed unsafe class BinaryPanels
{
    private readonly AlignedBuffer<uint> _signs;
    private readonly AlignedBuffer<float>? _thresholds;
    private readonly int _steps;

    public BinaryPanels(
        ReadOnlySpan<bool> isNegative, ReadOnlySpan<float> scales, int outFeatures, int inFeatures, bool scalesRows,
        ReadOnlySpan<float> shift, ReadOnlySpan<float> down, ReadOnlySpan<float> up)
    {
        (OutFeatures, InFeatures, ScalesRows) = (outFeatures, inFeatures, scalesRows);
        _steps = Panel.Steps(inFeatures, BinaryProduct.InputsOfWord);
        _signs = new(checked(Panel.Count(outFeatures) * _steps * Panel.Outputs));
        for (var i = 0; i < isNegative.Length; i++)
            if (isNegative[i])
                _signs.Span[Place(i / inFeatures, i % inFeatures)] |= 1u << i % inFeatures % BinaryProduct.InputsOfWord;
        var negated = new float[outFeatures];
        var columnSums = new int[outFeatures];
        columnSums.AsSpan().Fill(inFeatures);
        for (var output = 0; output < outFeatures; output++)
            negated[output] = -scales[output];
        Outputs = new(negated, columnSums);
        if (!shift.IsEmpty)
        {
            // input + shift < 0 and input < -shift are the same, for a sum rounds to zero only where it is.
            _thresholds = new(shift);
            foreach (ref var threshold in _thresholds.Span)
                threshold = -threshold;
        }
        Term = down.IsEmpty ? null : new(down, up, outFeatures, inFeatures);
    }

    public int OutFeatures { get; }

    public int InFeatures { get; }

    public bool ScalesRows { get; }

    /// <summary>The scales with their signs turned, since sums count what differs.</summary>
    public OutputCodes Outputs { get; }

    public LowRankTerm? Term { get; }

    public ReadOnlySpan<float> Thresholds => _thresholds is null ? default : _thresholds.Span;

    public long Bytes => _signs.Bytes + Outputs.Bytes + (_thresholds?.Bytes ?? 0) + (Term?.Bytes ?? 0);

    public bool IsNegative(int output, int input) => (_signs.Span[Place(output, input)] >> input % BinaryProduct.InputsOfWord & 1) != 0;

    public BinaryProduct Product(BinaryPath path) =>
        new((byte*)_signs.Pointer, _thresholds is null ? null : _thresholds.Pointer, InFeatures, ScalesRows, path);

    private int Place(int output, int input) => Panel.Word(output, input / BinaryProduct.InputsOfWord, _steps);
}
