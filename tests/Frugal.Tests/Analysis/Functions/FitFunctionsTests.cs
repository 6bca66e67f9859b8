using Frugal.Analysis;
using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Tests.Analysis.Functions;

public class FitFunctionsTests
{
    [Theory]
    [InlineData(KanSelectionRule.Fit)]
    [InlineData(KanSelectionRule.Gate)]
    public void Err_less_the_longer_they_learn_and_the_model_is_left_alone(KanSelectionRule rule)
    {
        using var subject = TinySubject.Of();
        byte[] before = TinySubject.Bytes(subject);
        double ErrorAfter(int updates)
        {
            new FitFunctions { Rule = rule, Updates = updates, Lr = 0.02, Pool = [KanFamily.Bspline, KanFamily.Rbf] }.Apply(subject);
            return subject.Metrics["log-error"]!.Value;
        }

        double little = ErrorAfter(4), more = ErrorAfter(60);
        Assert.True(more < little - 0.1, $"{little} after 4 updates, {more} after 60");
        Assert.Equal(before, TinySubject.Bytes(subject));
        // One of two families with 8 coefficients, the base branch and the biases.
        Assert.Equal(15 * 9 + 6, subject.Metrics["kan-parameters"]!.Value);
    }

    [Fact]
    public void Are_those_of_the_formulas()
    {
        using var scope = NewDisposeScope();
        var points = tensor([0.25f, -0.5f], [1, 2]);
        double[] expected = [Math.Exp(Math.Sin(Math.PI / 4) + 0.25), 0.5 * Math.Sin(1.5 * Math.PI) + 0.5, 0.8 + 0.5, Math.Exp(-50 * 0.0025) + Math.Exp(-0.8)];
        for (int i = 0; i < PlaneFunctions.Count; i++)
            Assert.Equal(expected[i], PlaneFunctions.Of(i, points).item<float>(), 1e-5);
    }
}
