using Frugal.Models.Vision;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Optimizers;

public class OptimizerStateTests
{
    public static TheoryData<Optimizer> All =>
        [new Sgd(), new Sgd { Dampening = 0.2 }, new Adam(), new AdamW(), new Lamb(), new Lars(), new Lars { Variant = LarsVariant.Paper }];

    private static Problem Two() => new(("w", Problem.Normal(1, 4, 3)), ("b", Problem.Normal(2, 4)));

    private static Tensor Gradient(int step, string name) => name == "w" ? Problem.Normal(10 + step, 4, 3) : Problem.Normal(20 + step, 4);

    [Theory]
    [MemberData(nameof(All))]
    public void Goes_on_from_saved_moments_as_if_never_interrupted(Optimizer optimizer)
    {
        using var straight = Two().Run(optimizer, 6, Gradient);
        using var broken = Two();
        var first = optimizer.Start(broken.Groups);
        for (int step = 0; step < 3; step++)
            broken.Step(first, step, Gradient, optimizer.Lr);
        var kept = first.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        using var second = optimizer.Start(broken.Groups);
        second.Load(kept, first.Updates);
        first.Dispose();
        for (int step = 3; step < 6; step++)
            broken.Step(second, step, Gradient, optimizer.Lr);
        Assert.Equal(0, broken.Difference("w", straight["w"]));
        Assert.Equal(0, broken.Difference("b", straight["b"]));
        Assert.Equal(6, second.Updates);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Leaves_parameters_without_gradient_alone(Optimizer optimizer)
    {
        using var problem = Two();
        using var state = optimizer.Start(problem.Groups);
        problem["w"].grad = Gradient(0, "w");
        state.Step(optimizer.Lr);
        Assert.Equal(0, problem.Difference("b", Problem.Normal(2, 4)));
        Assert.DoesNotContain(state.Tensors.Keys, name => name.EndsWith(".b", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Leaves_no_tensors_behind(Optimizer optimizer)
    {
        using var problem = Two();
        using var state = optimizer.Start(problem.Groups);
        problem.Step(state, 0, Gradient, optimizer.Lr);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int step = 0; step < 5; step++)
            state.Step(optimizer.Lr);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Names_moments_as_PyTorch_does()
    {
        using var problem = Two();
        using var state = new AdamW().Start(problem.Groups);
        problem.Step(state, 0, Gradient, 0.1);
        Assert.Equal(["exp_avg.b", "exp_avg.w", "exp_avg_sq.b", "exp_avg_sq.w", "step.b", "step.w"], state.Tensors.Keys);
    }

    [Fact]
    public void Refuses_moments_of_another_model()
    {
        using var problem = Two();
        using var state = new AdamW().Start(problem.Groups);
        var foreign = Assert.Throws<FrugalException>(() => state.Load(new Dictionary<string, Tensor> { ["exp_avg.v"] = zeros(4, 3) }, 1));
        Assert.Contains("exp_avg.v", foreign.Message, StringComparison.Ordinal);
        var misshapen = Assert.Throws<FrugalException>(() => state.Load(new Dictionary<string, Tensor> { ["exp_avg.w"] = zeros(3, 4) }, 1));
        Assert.Contains("[3, 4]", misshapen.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Inherits_the_moments_of_what_is_still_there()
    {
        using var before = Two();
        using var former = new AdamW().Start(before.Groups);
        before.Step(former, 0, Gradient, 0.1);
        using var after = new Problem(("w", Problem.Normal(1, 5, 3)), ("b", Problem.Normal(2, 4)));
        using var state = new AdamW().Start(after.Groups);
        state.Inherit(former);
        Assert.Equal(["exp_avg.b", "exp_avg_sq.b", "step.b"], state.Tensors.Keys);
        Assert.Equal(1, state.Updates);
    }

    public class Groups
    {
        [Fact]
        public void Biases_and_norms_do_not_decay()
        {
            using var subject = TinySubject.Of(TinySubject.ConvNet);
            var groups = ParameterGroups.Of(subject.Model);
            var decaying = groups.Where(group => group.Decays).SelectMany(group => group.Parameters).ToList();
            var others = groups.Where(group => !group.Decays).SelectMany(group => group.Parameters).ToList();
            Assert.All(decaying, parameter => Assert.True(parameter.Value.dim() >= 2));
            Assert.All(others, parameter => Assert.Equal(1, parameter.Value.dim()));
            Assert.Equal(subject.Model.parameters().Count(), decaying.Count + others.Count);
        }

        [Fact]
        public void Patterns_replace_the_usual_rule()
        {
            using var subject = TinySubject.Of();
            var groups = ParameterGroups.Of(subject.Model, ["head.*"]);
            Assert.Equal(["head.bias", "head.weight"], groups.Single(group => !group.Decays).Parameters.Select(parameter => parameter.Name).Order());
        }

        [Fact]
        public void Rates_fall_from_the_head_down()
        {
            using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [8, 8] });
            var scales = ParameterGroups.Of(subject.Model, layerDecay: 0.5)
                .SelectMany(group => group.Parameters.Select(parameter => (parameter.Name, group.LearningRateScale)))
                .ToDictionary(pair => pair.Name, pair => pair.LearningRateScale);
            Assert.Equal(1, scales["head.weight"]);
            Assert.Equal(Math.Pow(0.5, subject.Model.NumLayerGroups - 1), scales.Values.Min());
            Assert.All(scales, pair => Assert.Equal(Math.Pow(0.5, subject.Model.NumLayerGroups - 1 - subject.Model.LayerGroupOf(pair.Key)), pair.Value));
        }

        [Fact]
        public void Equal_rates_need_no_split_by_layer()
        {
            using var subject = TinySubject.Of();
            Assert.Equal(2, ParameterGroups.Of(subject.Model).Count);
        }
    }
}
