using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// The two products of a Monarch layer: the first makes of a tile of tokens the tile between the factors, which stays in cache; of the second
/// a group is the sixteen (or four) σ of every block, which are laid as neighbouring outputs.
/// </summary>
internal readonly unsafe struct MonarchKernel(MonarchShape shape, BlockSparseKernel<ushort> first, BlockSparseKernel<ushort> second) : ISparseKernel
{
    /// <summary>The vector of a dot product may hang over the last group.</summary>
    private const int Overhang = 16;

    private readonly int _height = shape.Height;
    private readonly int _blocks = shape.OutBlocks;
    private readonly int _middle = shape.InBlocks * shape.PaddedMiddle;

    public int GroupHeight => _height * _blocks;

    public int MaxDotRows => 1;

    /// <summary>What lies between the factors, and the outputs of a group before they are laid in order.</summary>
    public int EnteredRows => _middle + Overhang + GroupHeight;

    public float* Enter<TLanes, TVector>(float* tile, int vectors, float* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        first.Accumulate<TLanes, TVector>(0, _middle / _height, tile, vectors, scratch);
        return scratch;
    }

    public float* EnterRow<TLanes, TVector>(float* row, float* scratch) where TLanes : ILanes<TVector> where TVector : struct
    {
        first.Dot<TLanes, TVector>(0, _middle / _height, row, scratch);
        return scratch;
    }

    public void Accumulate<TLanes, TVector>(int firstGroup, int groups, float* tile, int vectors, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var width = vectors * TLanes.Count;
        var unordered = tile + (nint)_middle * width;
        for (var group = firstGroup; group < firstGroup + groups; group++, sums += (nint)GroupHeight * width)
        {
            second.Accumulate<TLanes, TVector>(group * _blocks, _blocks, tile, vectors, unordered);
            for (var block = 0; block < _blocks; block++)
                for (var output = 0; output < _height; output++)
                    Copy<TLanes, TVector>(unordered + (nint)(block * _height + output) * width, sums + (nint)(output * _blocks + block) * width, vectors);
        }
    }

    public void Dot<TLanes, TVector>(int firstGroup, int endGroup, float* input, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var unordered = input + _middle;
        for (var group = firstGroup; group < endGroup; group++, sums += GroupHeight)
        {
            second.Dot<TLanes, TVector>(group * _blocks, (group + 1) * _blocks, input, unordered);
            for (var block = 0; block < _blocks; block++)
                for (var output = 0; output < _height; output++)
                    sums[output * _blocks + block] = unordered[block * _height + output];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy<TLanes, TVector>(float* source, float* target, int vectors) where TLanes : ILanes<TVector> where TVector : struct
    {
        for (var vector = 0; vector < vectors; vector++)
            TLanes.Store(target + vector * TLanes.Count, TLanes.Load(source + vector * TLanes.Count));
    }
}
