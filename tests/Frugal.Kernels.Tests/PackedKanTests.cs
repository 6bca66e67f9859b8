namespace Frugal.Kernels.Tests;

public class PackedKanTests : RowOperatorTests
{
    private protected override IRowCase Case(int inFeatures, int outFeatures, int seed) => new KanCase(inFeatures, outFeatures, seed);

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        KanFunctions splines = new(KanFunction.BSpline, [0, 1], 2, 1, [0, 1, 2, 3, 0, 1, 2, 3]);
        Assert.Equal(3, PackedKan.Pack([splines], new float[12], 3, 2).OutFeatures);
        Refuse("needs 12", [splines], 11);
        Refuse("no functions", [], 0);
        Refuse("stands twice", [splines with { Inputs = [1, 1] }], 12);
        Refuse("columns from 0 to 1", [splines with { Inputs = [0, 2] }], 12);
        Refuse("need 4 knots", [splines with { Knots = [0, 1, 2] }], 12);
        Refuse("must be finite and ascend", [splines with { Knots = [0, 1, 1, 3, 0, 1, 2, 3] }], 12);
        Refuse("cannot be 2 functions", [new(KanFunction.Silu, [0], 2)], 6);

        static void Refuse(string message, KanFunctions[] functions, int coefficients) =>
            Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => PackedKan.Pack(functions, new float[coefficients], 3, 2)).Message, StringComparison.Ordinal);
    }
}
