namespace Frugal.Kernels.Tests;

public class PackedSparseTests : SparseLinearTests
{
    protected override int BlockHeight => 1;

    protected override IPackedLinear Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures) =>
        PackedSparse.Pack(weight, outFeatures, inFeatures);
}
