using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>One call of a sparse layer: which rows each thread takes, and which path runs for the processor and the number of rows.</summary>
/// <typeparam name="TKernel">The product.</typeparam>
internal unsafe struct SparseTask<TKernel> : IKernelTask where TKernel : struct, ISparseKernel
{
    /// <summary>From so many rows a thread on, threads share the rows if the kernel has a first product, which else each would do for all rows.</summary>
    private const int MinRowsOfThread = 16;

    private readonly TKernel _kernel;
    private EpilogueStore _store;
    private float* _input;
    private readonly int* _starts;
    private int _rows;
    private readonly int _inFeatures;
    private readonly int _groups;
    private readonly SimdLevel _level;

    /// <param name="starts">First block of each group, and the number of blocks behind the last.</param>
    public SparseTask(TKernel kernel, int* starts, int groups, int inFeatures, float* input, int rows, EpilogueStore store, SimdLevel level)
    {
        _kernel = kernel;
        _store = store;
        _input = input;
        _starts = starts;
        _rows = rows;
        _inFeatures = inFeatures;
        _groups = groups;
        _level = level;
    }

    /// <summary>Scratch memory that each thread needs.</summary>
    public readonly nint ScratchBytes => RowByRow
        ? sizeof(float) * ((nint)_groups * _kernel.GroupHeight + SparseGroups.PartOutputs + _kernel.EnteredRows)
        : TokenDriver.ScratchBytes(_kernel, _rows, _inFeatures, Lanes, MaxVectors);

    private readonly bool RowByRow => _rows == 1 || (_level >= SimdLevel.Avx512 && _rows <= _kernel.MaxDotRows);

    /// <summary>Tokens in a vector: the narrowest that takes all rows, up to the processor's widest.</summary>
    private readonly int Lanes => _rows <= 4 || _level == SimdLevel.Portable ? 4 : _rows <= 8 || _level == SimdLevel.Avx2 ? 8 : 16;

    /// <summary>Sixteen registers hold the sums of four outputs for two vectors, thirty-two those for four.</summary>
    private readonly int MaxVectors => _level >= SimdLevel.Avx512 ? 4 : 2;

    public readonly void Run(int part, int parts, byte* scratch)
    {
        if (_kernel.EnteredRows > 0 && _rows >= MinRowsOfThread * parts)
        {
            var firstRow = (int)((long)_rows * part / parts);
            Rows(firstRow, (int)((long)_rows * (part + 1) / parts) - firstRow).RunGroups(0, _groups, scratch);
        }
        else
        {
            RunGroups(Boundary(part, parts), Boundary(part + 1, parts), scratch);
        }
    }

    /// <summary>The same call for some of its rows.</summary>
    private readonly SparseTask<TKernel> Rows(int first, int count)
    {
        var rows = this;
        rows._input += (nint)first * _inFeatures;
        rows._rows = count;
        rows._store.Output += (nint)first * _store.OutFeatures;
        if (_store.Residual != null)
            rows._store.Residual += (nint)first * _store.OutFeatures;
        return rows;
    }

    private readonly void RunGroups(int first, int end, byte* scratch)
    {
        if (_level >= SimdLevel.Avx512)
            RunAvx512(first, end, scratch);
        else if (_level == SimdLevel.Avx2)
            RunAvx2(first, end, scratch);
        else
            RunPortable(first, end, scratch);
    }

    private readonly void RunAvx512(int first, int end, byte* scratch)
    {
        if (RowByRow)
            OneByOne<Lanes512, Vector512<float>>(first, end, scratch);
        else if (Lanes == 4)
            ManyRows<Lanes128, Vector128<float>>(first, end, scratch);
        else if (Lanes == 8)
            ManyRows<Lanes256, Vector256<float>>(first, end, scratch);
        else
            ManyRows<Lanes512, Vector512<float>>(first, end, scratch);
    }

    private readonly void RunAvx2(int first, int end, byte* scratch)
    {
        if (RowByRow)
            OneByOne<Lanes256, Vector256<float>>(first, end, scratch);
        else if (Lanes == 4)
            ManyRows<Lanes128, Vector128<float>>(first, end, scratch);
        else
            ManyRows<Lanes256, Vector256<float>>(first, end, scratch);
    }

    private readonly void RunPortable(int first, int end, byte* scratch)
    {
        if (RowByRow)
            OneByOne<Lanes128, Vector128<float>>(first, end, scratch);
        else
            ManyRows<Lanes128, Vector128<float>>(first, end, scratch);
    }

    private readonly void OneByOne<TLanes, TVector>(int first, int end, byte* scratch)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        if (first >= end)
            return;
        var sums = (float*)scratch;
        var entered = sums + (nint)_groups * _kernel.GroupHeight + SparseGroups.PartOutputs;
        var firstOutput = first * _kernel.GroupHeight;
        var outputs = Math.Min(end * _kernel.GroupHeight, _store.OutFeatures) - firstOutput;
        for (var row = 0; row < _rows; row++)
        {
            _kernel.Dot<TLanes, TVector>(first, end, _kernel.EnterRow<TLanes, TVector>(_input + (nint)row * _inFeatures, entered), sums);
            _store.Block<TLanes, TVector>(sums, outputs, row, tokens: 1, firstOutput, outputs);
        }
    }

    private readonly void ManyRows<TLanes, TVector>(int first, int end, byte* scratch)
        where TLanes : ILanes<TVector> where TVector : struct =>
        TokenDriver.Run<TLanes, TVector, TKernel>(_kernel, first, end, _input, _rows, _inFeatures, MaxVectors, _store, scratch);

    private readonly int Boundary(int part, int parts) => SparseGroups.Boundary(_starts, _groups, _kernel.GroupHeight, part, parts);
}
