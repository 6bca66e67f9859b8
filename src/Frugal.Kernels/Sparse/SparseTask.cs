using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>One call of a sparse layer: which rows each thread takes, and which path runs for the processor and the number of rows.</summary>
/// <typeparam name="TKernel">The product.</typeparam>
internal unsafe struct SparseTask<TKernel> : IKernelTask where TKernel : struct, ISparseKernel
{
    /// <summary>What a group costs beside its blocks, in blocks: the start of its loop and the store of its sums.</summary>
    private const int GroupCost = 4;

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
    public readonly nint ScratchBytes => _rows == 1
        ? sizeof(float) * ((nint)_groups * _kernel.GroupHeight + AlignedBuffer<float>.Alignment)
        : TokenDriver.ScratchBytes(_rows, _inFeatures, Lanes, MaxVectors);

    /// <summary>Tokens in a vector: the narrowest that takes all rows, up to the processor's widest.</summary>
    private readonly int Lanes => _rows <= 4 || _level == SimdLevel.Portable ? 4 : _rows <= 8 || _level == SimdLevel.Avx2 ? 8 : 16;

    /// <summary>Sixteen registers hold the sums of four outputs for two vectors, thirty-two those for four.</summary>
    private readonly int MaxVectors => _level == SimdLevel.Avx512 ? 4 : 2;

    public readonly void Run(int part, int parts, byte* scratch)
    {
        var first = Boundary(part, parts);
        var end = Boundary(part + 1, parts);
        if (_level == SimdLevel.Avx512)
            RunAvx512(first, end, scratch);
        else if (_level == SimdLevel.Avx2)
            RunAvx2(first, end, scratch);
        else
            RunPortable(first, end, scratch);
    }

    private readonly void RunAvx512(int first, int end, byte* scratch)
    {
        if (_rows == 1)
            OneRow<Lanes512, Vector512<float>>(first, end, scratch);
        else if (Lanes == 4)
            ManyRows<Lanes128, Vector128<float>>(first, end, scratch);
        else if (Lanes == 8)
            ManyRows<Lanes256, Vector256<float>>(first, end, scratch);
        else
            ManyRows<Lanes512, Vector512<float>>(first, end, scratch);
    }

    private readonly void RunAvx2(int first, int end, byte* scratch)
    {
        if (_rows == 1)
            OneRow<Lanes256, Vector256<float>>(first, end, scratch);
        else if (Lanes == 4)
            ManyRows<Lanes128, Vector128<float>>(first, end, scratch);
        else
            ManyRows<Lanes256, Vector256<float>>(first, end, scratch);
    }

    private readonly void RunPortable(int first, int end, byte* scratch)
    {
        if (_rows == 1)
            OneRow<Lanes128, Vector128<float>>(first, end, scratch);
        else
            ManyRows<Lanes128, Vector128<float>>(first, end, scratch);
    }

    private readonly void OneRow<TLanes, TVector>(int first, int end, byte* scratch)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        if (first >= end)
            return;
        var sums = (float*)scratch;
        _kernel.Dot<TLanes, TVector>(first, end, _input, sums);
        var firstOutput = first * _kernel.GroupHeight;
        var outputs = Math.Min(end * _kernel.GroupHeight, _store.OutFeatures) - firstOutput;
        _store.Block<TLanes, TVector>(sums, outputs, firstToken: 0, tokens: 1, firstOutput, outputs);
    }

    private readonly void ManyRows<TLanes, TVector>(int first, int end, byte* scratch)
        where TLanes : ILanes<TVector> where TVector : struct =>
        TokenDriver.Run<TLanes, TVector, TKernel>(_kernel, first, end, _input, _rows, _inFeatures, MaxVectors, _store, scratch);

    /// <summary>The first group of a part: parts have equal numbers of blocks, not of groups. It depends on nothing but the layer and the parts.</summary>
    private readonly int Boundary(int part, int parts)
    {
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
        return low;
    }

    private readonly long Cost(int groups) => _starts[groups] + (long)GroupCost * groups;
}
