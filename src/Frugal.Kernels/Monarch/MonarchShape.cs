namespace Frugal.Kernels;

/// <summary>
/// Sizes of a Monarch product (2204.00595, section 3, in the rectangular form): <c>u[κ] = first[κ] · x[κ]</c>, <c>v[λ, ρ] = u[ρ · l + λ]</c>,
/// <c>y[σ · l + λ] = (second[λ] · v[λ])[σ]</c>.
/// </summary>
/// <param name="InFeatures">Columns of the input; those that the last block has too many are not there.</param>
/// <param name="OutFeatures">Columns of the output; the first of σ · l + λ.</param>
/// <param name="InBlocks">k, blocks of the first factor.</param>
/// <param name="InBlockSize">p, inputs of one of them.</param>
/// <param name="MiddleSize">q, its outputs.</param>
/// <param name="OutBlocks">l, blocks of the second factor.</param>
/// <param name="OutBlockSize">s, outputs of one of them.</param>
internal sealed record MonarchShape(int InFeatures, int OutFeatures, int InBlocks, int InBlockSize, int MiddleSize, int OutBlocks, int OutBlockSize)
{
    /// <summary>r, inputs of a block of the second factor.</summary>
    public int OutBlockInputs => InBlocks * MiddleSize / OutBlocks;

    public long FirstLength => (long)InBlocks * MiddleSize * InBlockSize;

    public long SecondLength => (long)OutBlocks * OutBlockSize * OutBlockInputs;

    /// <summary>Outputs computed together: sixteen where blocks are that large, since a padded block does work for nothing.</summary>
    public int Height => Math.Min(MiddleSize, OutBlockSize) >= 16 ? 16 : 4;

    /// <summary>Rows that a block of the first factor takes, in whole groups.</summary>
    public int PaddedMiddle => (MiddleSize + Height - 1) / Height * Height;

    /// <summary>Groups of σ in the second factor.</summary>
    public int OutGroups => (OutBlockSize + Height - 1) / Height;

    /// <summary>What is wrong with the sizes, or null.</summary>
    public string? Fault()
    {
        if (new[] { InFeatures, OutFeatures, InBlocks, InBlockSize, MiddleSize, OutBlocks, OutBlockSize }.Any(size => size is < 1 or > MaxFeatures))
            return $"sizes must be from 1 to {MaxFeatures}";
        if ((long)InBlocks * MiddleSize % OutBlocks != 0)
            return $"{InBlocks} blocks of {MiddleSize} outputs cannot be shared by {OutBlocks} blocks";
        if ((InBlocks - 1L) * InBlockSize >= InFeatures || (long)InBlocks * InBlockSize < InFeatures)
            return $"{InBlocks} blocks of {InBlockSize} inputs do not end in {InFeatures} inputs";
        if ((OutBlockSize - 1L) * OutBlocks >= OutFeatures || (long)OutBlockSize * OutBlocks < OutFeatures)
            return $"{OutBlocks} blocks of {OutBlockSize} outputs do not end in {OutFeatures} outputs";
        return (long)InBlocks * PaddedMiddle > MaxFeatures ? $"the product between the factors is wider than {MaxFeatures}" : null;
    }

    /// <summary>Positions between the factors take 16 bits.</summary>
    private const int MaxFeatures = 65_536;
}
