namespace Frugal.Kernels.Tests;

public class PackedBlockSparse4Tests : SparseLinearTests
{
    protected override int BlockHeight => 4;

    protected override IPackedLinear Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures) =>
        PackedBlockSparse.Pack(weight, outFeatures, inFeatures, BlockHeight);
}
