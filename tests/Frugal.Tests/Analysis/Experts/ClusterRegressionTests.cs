using Frugal.Analysis;

namespace Frugal.Tests.Analysis.Experts;

public class ClusterRegressionTests
{
    private static double Error(RegressionForm form, int updates)
    {
        using var subject = TinySubject.Of();
        new ClusterRegression { Form = form, Updates = updates }.Apply(subject);
        return subject.Metrics["regression-error"]!.Value;
    }

    [Theory]
    [InlineData(RegressionForm.Dense)]
    [InlineData(RegressionForm.Top1)]
    [InlineData(RegressionForm.Top2)]
    [InlineData(RegressionForm.Residual)]
    public void Every_form_learns(RegressionForm form) => Assert.True(Error(form, 60) < 0.95 * Error(form, 1));

    [Fact]
    public void It_is_the_same_again_and_leaves_the_model()
    {
        Assert.Equal(Error(RegressionForm.Residual, 3), Error(RegressionForm.Residual, 3));
        using var subject = TinySubject.Of();
        byte[] before = TinySubject.Bytes(subject);
        new ClusterRegression { Updates = 2, Experts = 4, HiddenDim = 8 }.Apply(subject);
        Assert.True(before.AsSpan().SequenceEqual(TinySubject.Bytes(subject)));
        Assert.Equal(5 * (2 * 16 * 8 + 8 + 16) + 4 * 16 + 2 * 16 + 2, subject.Metrics["regression-parameters"]);
    }
}
