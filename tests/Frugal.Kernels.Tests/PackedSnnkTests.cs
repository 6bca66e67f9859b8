namespace Frugal.Kernels.Tests;

public class PackedSnnkTests : RowOperatorTests
{
    private protected override IRowCase Case(int inFeatures, int outFeatures, int seed) => new SnnkCase(inFeatures, outFeatures, 1 + seed % 70, seed);

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PackedSnnk.Pack(new float[11], new float[8], 2, 3, 4));
        Assert.Throws<ArgumentException>(() => PackedSnnk.Pack(new float[12], new float[7], 2, 3, 4));
        Assert.Throws<ArgumentException>(() => PackedSnnk.Pack(new float[12], new float[8], 2, 3, 4, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedSnnk.Pack(new float[65_537], new float[1], 1, 65_537, 1));
    }
}
