namespace Frugal.Kernels;

/// <summary>Inputs quantised row by row to unsigned bytes, times panels of signed bytes: four inputs to a word.</summary>
internal readonly unsafe struct Int8Product(byte* panels, int inFeatures, Int8Path path) : IPanelProduct
{
    /// <summary>Inputs in a word.</summary>
    public const int InputsOfWord = sizeof(int);

    private readonly byte* _panels = panels;
    private readonly int _inFeatures = inFeatures;

    public int Steps { get; } = Panel.Steps(inFeatures, InputsOfWord);

    public int MaxWideRows => PanelCode.MaxWideRows;

    public nint ScratchBytes => 0;

    public RowCode Encode<TLanes, TVector>(float* row, byte* codes) where TLanes : ILanes<TVector> where TVector : struct =>
        RowQuantizer.Run<TLanes, TVector>(row, _inFeatures, codes);

    public byte* Prepare(int firstPanel, int panels, int rows, byte* scratch) => _panels + (nint)firstPanel * Steps * Panel.StepBytes;

    public void Multiply(byte* codes, nint pitch, int rows, byte* prepared, int panels, int* sums) =>
        Int8Sums.Run(path, codes, pitch, rows, prepared, Steps, panels, sums);
}
