using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>
/// One call of a product with coded inputs: rows are coded, then each pair of panels meets all rows of a block while it is in the first
/// cache, and the sums are scaled and stored with the epilogue.
/// </summary>
/// <remarks>
/// Threads share the rows where there are many, and else the panels; then each codes all rows for itself, which costs less than waiting
/// for each other. Sums are exact, so the split does not show in the results.
/// </remarks>
internal unsafe struct PanelTask<TProduct> : IKernelTask where TProduct : struct, IPanelProduct
{
    /// <summary>Codes that fill more of the second cache than this leave no room for the panels.</summary>
    private const int MaxCodeBytes = 512 * 1024;

    /// <summary>From so many rows a thread on, threads share rows: then each reading all panels costs less than coding all rows.</summary>
    private const int MinRowsOfThread = 64;

    private readonly TProduct _product;
    private readonly EpilogueStore _store;
    private readonly float* _input;
    private readonly float* _scales;
    private readonly int* _columnSums;
    private readonly int _rows;
    private readonly int _inFeatures;
    private readonly SimdLevel _level;
    private readonly LowRankTerm? _term;

    public PanelTask(TProduct product, OutputCodes outputs, float* input, int rows, int inFeatures, EpilogueStore store, SimdLevel level, LowRankTerm? term)
    {
        _product = product;
        _store = store;
        _input = input;
        _scales = outputs.Scales.Pointer;
        _columnSums = outputs.ColumnSums.Pointer;
        _rows = rows;
        _inFeatures = inFeatures;
        _level = level;
        _term = term;
    }

    /// <summary>Scratch memory that each thread needs.</summary>
    public readonly nint ScratchBytes => CodeBytes + SumBytes + _product.ScratchBytes + (nint)BlockRows * (sizeof(RowCode) + Rank * sizeof(float));

    private readonly nint CodeBytes => (nint)BlockRows * Pitch;

    private readonly int Rank => _term?.Rank ?? 0;

    private static int SumBytes => Panel.StepBytes * Math.Max(2 * PanelCode.MaxRows, PanelCode.WidePanels * PanelCode.MaxWideRows);

    private readonly int Pitch => Panel.Pitch(_product.Steps);

    private readonly int BlockRows => Math.Min(_rows, Math.Max(PanelCode.MaxRows, MaxCodeBytes / Pitch));

    public readonly void Run(int part, int parts, byte* scratch)
    {
        int firstRow = 0, endRow = _rows, firstPair = 0, endPair = Panel.Count(_store.OutFeatures) / 2;
        if (_rows >= MinRowsOfThread * parts)
            (firstRow, endRow) = (Boundary(_rows, part, parts), Boundary(_rows, part + 1, parts));
        else
            (firstPair, endPair) = (Boundary(endPair, part, parts), Boundary(endPair, part + 1, parts));
        if (firstPair == endPair)
            return;
        if (_level >= SimdLevel.Avx512)
            Run<Lanes512, Vector512<float>>(firstRow, endRow, 2 * firstPair, 2 * endPair, scratch);
        else if (_level == SimdLevel.Avx2)
            Run<Lanes256, Vector256<float>>(firstRow, endRow, 2 * firstPair, 2 * endPair, scratch);
        else
            Run<Lanes128, Vector128<float>>(firstRow, endRow, 2 * firstPair, 2 * endPair, scratch);
    }

    private static int Boundary(int count, int part, int parts) => (int)((long)count * part / parts);

    private readonly void Run<TLanes, TVector>(int firstRow, int endRow, int firstPanel, int endPanel, byte* scratch)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var codes = scratch;
        var sums = (int*)(codes + CodeBytes);
        var prepared = (byte*)sums + SumBytes;
        var rowCodes = (RowCode*)(prepared + _product.ScratchBytes);
        var terms = (float*)(rowCodes + BlockRows);
        while (firstRow < endRow)
        {
            // Blocks of nearly equal height, and so are the groups of rows in them: a low one would load each panel for little.
            var rows = PanelScale.Even(endRow - firstRow, BlockRows);
            for (var row = 0; row < rows; row++)
            {
                var x = _input + (nint)(firstRow + row) * _inFeatures;
                rowCodes[row] = _product.Encode<TLanes, TVector>(x, codes + (nint)row * Pitch);
                _term?.Project<TLanes, TVector>(x, terms + row * Rank);
            }
            for (var panel = firstPanel; panel < endPanel;)
            {
                var panels = rows <= _product.MaxWideRows && panel + PanelCode.WidePanels <= endPanel ? PanelCode.WidePanels : 2;
                var weights = _product.Prepare(panel, panels, rows, prepared);
                for (var row = 0; row < rows;)
                {
                    var group = PanelScale.Even(rows - row, PanelCode.MaxRows);
                    _product.Multiply(codes + (nint)row * Pitch, Pitch, group, weights, panels, sums);
                    Store<TLanes, TVector>(sums, rowCodes + row, terms + row * Rank, firstRow + row, group, panel, panels);
                    row += group;
                }
                panel += panels;
            }
            firstRow += rows;
        }
    }

    private readonly void Store<TLanes, TVector>(int* sums, RowCode* rowCodes, float* terms, int firstRow, int rows, int firstPanel, int panels)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var width = panels * Panel.Outputs;
        var firstOutput = firstPanel * Panel.Outputs;
        for (var row = 0; row < rows; row++)
        {
            PanelScale.Run<TLanes, TVector>(sums + row * width, rowCodes[row], _columnSums + firstOutput, _scales + firstOutput, width, (float*)(sums + row * width));
            _term?.Add<TLanes, TVector>(terms + row * Rank, firstOutput, width, (float*)(sums + row * width));
        }
        var outputs = Math.Min(width, _store.OutFeatures - firstOutput);
        if (outputs > 0)
            _store.Block<TLanes, TVector>((float*)sums, width, firstRow, rows, firstOutput, outputs);
    }
}
