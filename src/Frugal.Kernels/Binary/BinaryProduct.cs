namespace Frugal.Kernels;

/// <summary>Signs of inputs times panels of signs: 32 inputs to a word, and sums of twice the signs that differ.</summary>
internal readonly unsafe struct BinaryProduct(byte* panels, float* thresholds, int inFeatures, bool scalesRows, BinaryPath path) : IPanelProduct
{
    /// <summary>Inputs in a word.</summary>
    public const int InputsOfWord = 32;

    private readonly byte* _panels = panels;
    private readonly float* _thresholds = thresholds;
    private readonly PanelCode? _code = path == BinaryPath.Assembled ? BinaryCode.Functions : null;

    public int Steps { get; } = Panel.Steps(inFeatures, InputsOfWord);

    public int MaxWideRows => PanelCode.MaxWideRows;

    public nint ScratchBytes => 0;

    /// <summary>The code of zero is one and the sum of a column the number of inputs, so that the value is -scale · (2 · differing - inputs).</summary>
    public RowCode Encode<TLanes, TVector>(float* row, byte* codes) where TLanes : ILanes<TVector> where TVector : struct
    {
        var magnitude = RowBinarizer.Run<TLanes, TVector>(row, _thresholds, inFeatures, (uint*)codes, Steps);
        return new(scalesRows || float.IsNaN(magnitude) ? magnitude : 1, Zero: 1);
    }

    public byte* Prepare(int firstPanel, int panels, int rows, byte* scratch) => _panels + (nint)firstPanel * Steps * Panel.StepBytes;

    public void Multiply(byte* codes, nint pitch, int rows, byte* prepared, int panels, int* sums)
    {
        switch (path)
        {
            case BinaryPath.Assembled: _code!.Run(codes, pitch, rows, prepared, Steps, panels, sums); break;
            case BinaryPath.Avx512: BinarySums.RunAvx512(codes, pitch, rows, prepared, Steps, panels, sums); break;
            case BinaryPath.Avx2: BinarySums.RunAvx2(codes, pitch, rows, prepared, Steps, panels, sums); break;
            default: BinarySums.RunPortable(codes, pitch, rows, prepared, Steps, panels, sums); break;
        }
    }
}
