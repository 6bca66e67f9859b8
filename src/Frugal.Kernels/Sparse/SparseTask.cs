using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>One call of a sparse layer: which rows each thread takes, and which path runs for the processor and the number of rows.</summary>
/// <typeparam name="TKernel">The product.</typeparam>
internal unsafe struct SparseTask<TKernel> : IKernelTask where TKernel : struct, ISparseKernel
{
    /// <summary>What a group costs beside its blocks, in blocks: the start of its loop and the store of its sums.</summary>
    private const int GroupCost = 4;

    /// <summary>Parts begin at a multiple of so many outputs: a cache line of them, and a vector.</summary>
    private const int PartOutputs = 16;

    private readonly TKernel _kernel;
    private readonly EpilogueStore _store;
    private readonly float* _input;
    private readonly int* _starts;
    private readonly int _rows;
    private readonly int _inFeatures;
    private readonly int _groups;
    private readonly SimdLevel _level;

    public SparseTask(TKernel kernel, SparseBlocks blocks, float* input, int rows, EpilogueStore store, SimdLevel level)
    {
        _kernel = kernel;
        _store = store;
        _input = input;
        _starts = blocks.Starts.Pointer;
        _rows = rows;
        _inFeatures = blocks.InFeatures;
        _groups = blocks.Groups;
        _level = level;
    }

    /// <summary>Scratch memory that each thread needs.</summary>
    public readonly nint ScratchBytes => RowByRow
        ? sizeof(float) * ((nint)_groups * _kernel.GroupHeight + PartOutputs)
        : TokenDriver.ScratchBytes(_rows, _inFeatures, Lanes, MaxVectors);

    private readonly bool RowByRow => _rows == 1 || (_level >= SimdLevel.Avx512 && _rows <= _kernel.MaxDotRows);

    /// <summary>Tokens in a vector: the narrowest that takes all rows, up to the processor's widest.</summary>
    private readonly int Lanes => _rows <= 4 || _level == SimdLevel.Portable ? 4 : _rows <= 8 || _level == SimdLevel.Avx2 ? 8 : 16;

    /// <summary>Sixteen registers hold the sums of four outputs for two vectors, thirty-two those for four.</summary>
    private readonly int MaxVectors => _level >= SimdLevel.Avx512 ? 4 : 2;

    public readonly void Run(int part, int parts, byte* scratch)
    {
        var first = Boundary(part, parts);
        var end = Boundary(part + 1, parts);
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
        var firstOutput = first * _kernel.GroupHeight;
        var outputs = Math.Min(end * _kernel.GroupHeight, _store.OutFeatures) - firstOutput;
        for (var row = 0; row < _rows; row++)
        {
            _kernel.Dot<TLanes, TVector>(first, end, _input + (nint)row * _inFeatures, sums);
            _store.Block<TLanes, TVector>(sums, outputs, row, tokens: 1, firstOutput, outputs);
        }
    }

    private readonly void ManyRows<TLanes, TVector>(int first, int end, byte* scratch)
        where TLanes : ILanes<TVector> where TVector : struct =>
        TokenDriver.Run<TLanes, TVector, TKernel>(_kernel, first, end, _input, _rows, _inFeatures, MaxVectors, _store, scratch);

    /// <summary>The first group of a part, or for the number of parts itself the number of groups. Parts have equal numbers of blocks, not of groups; they depend on nothing but the layer.</summary>
    private readonly int Boundary(int part, int parts)
    {
        if (part == parts)
            return _groups;
        var target = Cost(_groups) * part / parts;
        int low = 0, high = _groups;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Cost(middle) < target)
                low = middle + 1;
            else
                high = middle;
        }
        return low - low % (PartOutputs / _kernel.GroupHeight);
    }

    private readonly long Cost(int groups) => _starts[groups] + (long)GroupCost * groups;
}
