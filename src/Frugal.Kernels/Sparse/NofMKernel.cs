namespace Frugal.Kernels;

/// <summary>Products of an N:M weight: from <see cref="NofMRows"/> for few rows where the processor can, and as those of any sparse weight else.</summary>
internal readonly unsafe struct NofMKernel(SparseKernel<ushort> sparse, NofMRows? rows) : ISparseKernel
{
    private readonly SparseKernel<ushort> _sparse = sparse;
    private readonly NofMRows? _rows = rows;

    public int GroupHeight => 1;

    public int MaxDotRows => _rows is null ? 1 : 3;

    public int EnteredRows => 0;

    public float* Enter<TLanes, TVector>(float* tile, int vectors, float* scratch) where TLanes : ILanes<TVector> where TVector : struct => tile;

    public float* EnterRow<TLanes, TVector>(float* row, float* scratch) where TLanes : ILanes<TVector> where TVector : struct => row;

    public void Dot<TLanes, TVector>(int firstGroup, int endGroup, float* input, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        if (TLanes.Count == NofMRows.Strip && _rows is not null)
            _rows.Dot(firstGroup / NofMRows.Strip, (endGroup + NofMRows.Strip - 1) / NofMRows.Strip, input, sums);
        else
            _sparse.Dot<TLanes, TVector>(firstGroup, endGroup, input, sums);
    }

    public void Accumulate<TLanes, TVector>(int firstGroup, int groups, float* tile, int vectors, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct =>
        _sparse.Accumulate<TLanes, TVector>(firstGroup, groups, tile, vectors, sums);
}
