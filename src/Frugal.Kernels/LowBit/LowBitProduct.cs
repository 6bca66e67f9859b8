using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>
/// Inputs quantised to unsigned bytes, times weights of a few bits that stand for signed bytes. For up to three rows the weights are decoded in registers,
/// so that only their few bits are read; for more rows two panels at a time are decoded into scratch memory and serve all rows.
/// </summary>
internal readonly unsafe struct LowBitProduct(LowBitPanels weights, byte* codes, byte* constants, Int8Path path, SimdLevel level) : IPanelProduct
{
    private const int Pair = 2;

    private readonly byte* _codes = codes;
    private readonly byte* _constants = constants;
    private readonly PanelCode? _fused = path == Int8Path.Assembled ? LowBitCode.TryGet(weights.Bits, weights.HasTop) : null;

    public int Steps { get; } = weights.Steps;

    public int MaxWideRows => _fused?.MaxRowsOfCall ?? 0;

    /// <summary>Two panels, and where there are weights of 128 two more and their sums.</summary>
    public nint ScratchBytes => weights.HasTop ? 2 * PairBytes + Panel.StepBytes * Pair * PanelCode.MaxRows : PairBytes;

    private nint PairBytes => (nint)Pair * Steps * Panel.StepBytes;

    public RowCode Encode<TLanes, TVector>(float* row, byte* target) where TLanes : ILanes<TVector> where TVector : struct
    {
        var code = RowQuantizer.Run<TLanes, TVector>(row, weights.InFeatures, target);
        // Weights behind the last input stand for something too, unlike those of int8.
        new Span<byte>(target + weights.InFeatures, Steps * sizeof(int) - weights.InFeatures).Clear();
        return code;
    }

    public byte* Prepare(int firstPanel, int panels, int rows, byte* scratch)
    {
        var first = _codes + (nint)firstPanel * Steps * LowBitLayout.StepBytes(weights.Bits);
        if (rows <= MaxWideRows)
            return first;
        LowBitDecoder.Run(level >= SimdLevel.Avx512, weights.Bits, first, panels * Steps, weights.Values, (sbyte*)scratch);
        if (weights.HasTop)
            LowBitDecoder.Run(level >= SimdLevel.Avx512, weights.Bits, first, panels * Steps, weights.TopValues, (sbyte*)scratch + PairBytes);
        return scratch;
    }

    public void Multiply(byte* codes, nint pitch, int rows, byte* prepared, int panels, int* sums)
    {
        if (rows <= MaxWideRows)
        {
            _fused!.Run(codes, pitch, rows, prepared, Steps, panels, sums, _constants);
            return;
        }
        Int8Sums.Run(path, codes, pitch, rows, prepared, Steps, panels, sums);
        if (!weights.HasTop)
            return;
        var top = (int*)(prepared + 2 * PairBytes);
        Int8Sums.Run(path, codes, pitch, rows, prepared + PairBytes, Steps, panels, top);
        for (var i = 0; i < rows * panels * Panel.Outputs; i += Vector128<int>.Count)
            (Vector128.Load(sums + i) + Vector128.Load(top + i)).Store(sums + i);
    }
}
