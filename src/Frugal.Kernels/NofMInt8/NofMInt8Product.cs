namespace Frugal.Kernels;

/// <summary>
/// Inputs quantised to unsigned bytes, times N of every four weights as signed bytes. Assembled code spreads the weights to dense ones in registers, so that only what is stored is read; elsewhere a pair of
/// panels is spread into scratch memory and meets the rows as int8 does.
/// </summary>
internal readonly unsafe struct NofMInt8Product(int n, int inFeatures, byte* weights, Int8Path path) : IPanelProduct
{
    private const int Pair = 2;

    private readonly byte* _weights = weights;
    private readonly PanelCode? _spreading = path == Int8Path.Assembled ? NofMInt8Code.TryGet(n) : null;

    public int Steps { get; } = Panel.Steps(inFeatures, Int8Product.InputsOfWord);

    public int MaxWideRows => _spreading is null ? 0 : PanelCode.MaxWideRows;

    public nint ScratchBytes => _spreading is null ? (nint)Pair * Steps * Panel.StepBytes : 0;

    public RowCode Encode<TLanes, TVector>(float* row, byte* codes) where TLanes : ILanes<TVector> where TVector : struct => RowQuantizer.Run<TLanes, TVector>(row, inFeatures, codes);

    public byte* Prepare(int firstPanel, int panels, int rows, byte* scratch)
    {
        var first = _weights + (nint)firstPanel * Steps * NofMInt8Layout.StepBytes(n);
        if (_spreading is not null)
            return first;
        NofMInt8Spreader.Run(n, first, panels * Steps, scratch);
        return scratch;
    }

    public void Multiply(byte* codes, nint pitch, int rows, byte* prepared, int panels, int* sums)
    {
        if (_spreading is not null)
            _spreading.Run(codes, pitch, rows, prepared, Steps, panels, sums);
        else
            Int8Sums.Run(path, codes, pitch, rows, prepared, Steps, panels, sums);
    }
}
