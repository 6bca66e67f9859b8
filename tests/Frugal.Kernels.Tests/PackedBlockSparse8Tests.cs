namespace Frugal.Kernels.Tests;

public class PackedBlockSparse8Tests : SparseLinearTests
{
    protected override int BlockHeight => 8;

    protected override IPackedLinear Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures) =>
        PackedBlockSparse.Pack(weight, outFeatures, inFeatures, BlockHeight);
}
