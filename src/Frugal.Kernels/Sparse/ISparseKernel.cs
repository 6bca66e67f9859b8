namespace Frugal.Kernels;

/// <summary>The products of one sparse format: with one row of input, and with a tile of tokens.</summary>
internal unsafe interface ISparseKernel : ITokenKernel
{
    /// <summary>Rows up to which <see cref="Dot"/>, row by row, is faster than a tile of tokens.</summary>
    int MaxDotRows { get; }

    /// <summary>What <see cref="Dot"/> is given in place of a row of the input: the row itself, or what a first product makes of it.</summary>
    /// <param name="scratch">Memory for <see cref="ITokenKernel.EnteredRows"/> floats.</param>
    float* EnterRow<TLanes, TVector>(float* row, float* scratch)
        where TLanes : ILanes<TVector> where TVector : struct;

    /// <summary>Writes the sums of the groups from <paramref name="firstGroup"/> up to <paramref name="endGroup"/> for one row.</summary>
    /// <param name="firstGroup">A multiple of sixteen outputs.</param>
    /// <param name="input">What <see cref="EnterRow"/> returned.</param>
    /// <param name="sums">Receives the sums, beginning with the first group's; up to sixteen outputs are written together, also behind the last.</param>
    void Dot<TLanes, TVector>(int firstGroup, int endGroup, float* input, float* sums)
        where TLanes : ILanes<TVector> where TVector : struct;
}
