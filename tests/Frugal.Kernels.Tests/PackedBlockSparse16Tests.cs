namespace Frugal.Kernels.Tests;

public class PackedBlockSparse16Tests : SparseLinearTests
{
    protected override int BlockHeight => 16;

    protected override IPackedLinear Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures) =>
        PackedBlockSparse.Pack(weight, outFeatures, inFeatures, BlockHeight);
}
