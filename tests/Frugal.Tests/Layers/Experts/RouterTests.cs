using Frugal.Layers.Experts;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Experts;

public sealed class RouterTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    private static Tensor Logits(long groups, long tokens, long experts, ulong seed = 1)
    {
        using var generator = new Generator(seed);
        return randn([groups, tokens, experts], dtype: float64, generator: generator);
    }

    private static readonly RoutingContext plain = new() { IsTraining = true };

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(4, 4)]
    public void Weights_of_a_token_add_up_to_one(int k, int experts)
    {
        var routing = new TopKRouter { K = k }.Route(Logits(2, 7, experts), plain);
        Assert.True(routing.ToDense().sum(1).allclose(ones(14, dtype: float64)));
        Assert.Equal(14 * k, routing.Experts!.shape[0]);
    }

    [Fact]
    public void All_experts_with_their_probabilities_are_the_soft_mixture()
    {
        var logits = Logits(1, 9, 5);
        var all = new TopKRouter { K = 5, Weights = ExpertWeights.Probability }.Route(logits, plain).ToDense();
        Assert.True(all.allclose(new SoftRouter().Route(logits, plain).ToDense()));
    }

    [Fact]
    public void Among_equal_experts_the_first_are_taken()
    {
        var routing = new TopKRouter { K = 2 }.Route(zeros([1, 3, 4]), plain);
        Assert.Equal([0, 1, 0, 1, 0, 1], routing.Experts!.data<long>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Choices_in_plain_numbers_are_those_of_the_routing(int k)
    {
        var routers = Enum.GetValues<ExpertWeights>().Select(weights => (Router)new TopKRouter { K = k, Weights = weights }).Concat(k > 1 ? [] : [new SwitchRouter(), new SwitchRouter { ScalesOutput = false }]);
        foreach (var router in routers)
            foreach (var logits in new[] { Logits(1, 40, 6).to(float32), zeros([1, 3, 6]) })
            {
                var expected = router.Route(logits, new());
                var choices = PlainChoices.Of(router, logits.squeeze(0))!;
                Assert.Equal(expected.Experts!.data<long>(), choices.Experts.Select(expert => (long)expert));
                Assert.True(tensor(choices.Weights).allclose(expected.Weights!, rtol: 1e-6, atol: 0), $"{router.GetType().Name}");
            }
    }

    [Fact]
    public void Choices_that_hang_on_more_than_the_token_are_not_made_in_plain_numbers()
    {
        Router[] routers = [new SoftRouter(), new ExpertChoiceRouter(), new TopKRouter { Second = SecondChoice.Random }, new TopKRouter { Selection = ExpertSelection.SampledAfterFirst }];
        Assert.All(routers, router => Assert.Null(PlainChoices.Of(router, zeros([3, 4]))));
        Assert.Null(PlainChoices.Of(new TopKRouter(), zeros([3, 4], float64)));
    }

    [Fact]
    public void What_is_captured_is_the_same_matrix()
    {
        foreach (var weights in Enum.GetValues<ExpertWeights>())
        {
            var router = new TopKRouter { K = 2, Weights = weights };
            var logits = Logits(2, 6, 5);
            Assert.True(router.Route(logits, new()).ToDense().allclose(router.Route(logits, new() { IsCaptured = true }).Dense!), weights.ToString());
        }
    }

    [Theory]
    [InlineData(CapacityOrder.Choice)]
    [InlineData(CapacityOrder.Token)]
    [InlineData(CapacityOrder.Random)]
    public void No_expert_of_a_group_has_more_tokens_than_slots_and_as_many_as_wanted_it_otherwise(CapacityOrder order)
    {
        var capacity = new ExpertCapacity { Factor = 0.5, Minimum = 1, Order = order };
        var logits = Logits(3, 20, 4);
        var all = new TopKRouter().Route(logits, plain);
        var routing = new TopKRouter().Route(logits, plain with { Capacity = capacity });
        long slots = capacity.SlotsFor(20, 2, 4, isTraining: true)!.Value;
        Assert.Equal(5, slots);
        Assert.Equal(120, routing.Experts!.shape[0] + routing.Dropped!.Value.Tokens.shape[0]);
        Tensor Counts(Routing of) => (of.Tokens! / 20).floor().to(int64).mul(4).add(of.Experts!).bincount(null, 12);
        Assert.True(Counts(routing).eq(Counts(all).clamp_max(slots)).all().item<bool>());
    }

    [Fact]
    public void First_choices_find_room_before_any_second_one()
    {
        // Every token's second choice is expert 0; the last token's first choice is too.
        var logits = tensor(new[] { 1.0, 2, 0, 1, 2, 0, 1, 2, 0, 2, 1, 0 }).view(1, 4, 3);
        RoutingContext With(CapacityOrder order) => plain with { Capacity = new() { Factor = 0.375, Minimum = 0, Order = order } };
        var byChoice = new TopKRouter().Route(logits, With(CapacityOrder.Choice));
        Assert.Equal([3L], byChoice.Tokens!.index_select(0, byChoice.Experts!.eq(0).nonzero().squeeze(1)).data<long>());
        var byToken = new TopKRouter().Route(logits, With(CapacityOrder.Token));
        Assert.Equal([0L], byToken.Tokens!.index_select(0, byToken.Experts!.eq(0).nonzero().squeeze(1)).data<long>());
    }

    [Fact]
    public void Renormalised_after_dropping_a_token_with_one_survivor_has_weight_one()
    {
        var context = plain with { Capacity = new() { Factor = 0.4, Minimum = 1 } };
        var weights = new TopKRouter { Weights = ExpertWeights.NormalizedAfterDropping }.Route(Logits(1, 30, 4), context).ToDense().sum(1);
        Assert.True(weights.isclose(ones_like(weights)).logical_or(weights.eq(0)).all().item<bool>());
        Assert.True(weights.eq(0).any().item<bool>());
    }

    [Fact]
    public void By_expert_choice_loads_are_even_and_each_expert_takes_what_it_finds_most_probable()
    {
        var logits = Logits(2, 12, 4);
        var routing = new ExpertChoiceRouter { Factor = 1 }.Route(logits, plain);
        Assert.Equal(24, routing.Experts!.shape[0]);
        Assert.True(routing.Experts.bincount(null, 4).eq(6).all().item<bool>());
        var dense = routing.ToDense().view(2, 12, 4);
        Assert.True((dense > 0).sum(1).eq(3).all().item<bool>());
        var left = routing.Probabilities.masked_fill(dense > 0, 0).amax([1]);
        var taken = routing.Probabilities.masked_fill(dense == 0, 1).amin([1]);
        Assert.True(taken.ge(left).all().item<bool>());
    }

    [Fact]
    public void Balance_is_one_for_even_loads_and_the_number_of_experts_where_one_has_all()
    {
        Assert.Equal(1, RoutingMath.BalanceLoss(full([2, 4], 0.25), full([2, 8, 4], 0.25)).item<float>(), 6);
        var one = tensor(new float[] { 1, 0, 0, 0 });
        Assert.Equal(4, RoutingMath.BalanceLoss(one.view(1, 4), one.expand(1, 8, 4)).item<float>(), 6);
    }

    [Fact]
    public void Importance_is_zero_for_equal_experts_and_the_size_loss_is_the_squared_logarithm_of_their_number_for_zero_logits()
    {
        Assert.Equal(0, RoutingMath.ImportanceLoss(full([5], 3.0, dtype: float64)).item<double>(), 12);
        Assert.Equal(4, RoutingMath.ImportanceLoss(tensor(new double[] { 5, 0, 0, 0, 0 })).item<double>(), 9);
        Assert.Equal(Math.Pow(Math.Log(5), 2), RoutingMath.ZLoss(zeros([2, 3, 5], dtype: float64)).item<double>(), 12);
    }

    [Fact]
    public void An_even_router_gives_its_gate_no_gradient_and_a_straight_through_one_does()
    {
        var logits = Logits(1, 5, 4).requires_grad_();
        Assert.False(new TopKRouter { Weights = ExpertWeights.Even }.Route(logits, plain).Weights!.requires_grad);
        var through = new SwitchRouter { ScalesOutput = false }.Route(logits, plain).Weights!;
        Assert.True(through.allclose(ones_like(through)));
        through.sum().backward();
        Assert.True(logits.grad!.abs().max().item<double>() > 0.01);
    }

    [Fact]
    public void Tokens_that_are_not_used_go_nowhere_take_no_room_and_are_no_load()
    {
        var logits = Logits(1, 12, 3);
        var used = arange(12).lt(5).unsqueeze(0);
        var router = new TopKRouter { K = 1, Weights = ExpertWeights.Probability };
        var capacity = new ExpertCapacity { Factor = 1.25, Minimum = 0 };
        var (some, few) = (router.Route(logits, plain with { Used = used, Capacity = capacity }), router.Route(logits.narrow(1, 0, 5), plain));
        Assert.Equal(5, some.Experts!.shape[0]);
        Assert.True(some.ToDense().narrow(0, 0, 5).allclose(few.ToDense()));
        Assert.Equal(0, some.ToDense().narrow(0, 5, 7).abs().sum().item<double>());
        Assert.True(some.Load.allclose(few.Load * 5 / 12));
        Assert.True(some.ToDense().allclose(router.Route(logits, new() { IsCaptured = true, Used = used }).Dense!));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Contains("3 of 2 experts", Assert.Throws<FrugalException>(() => new TopKRouter { K = 3 }.Route(Logits(1, 4, 2), plain)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TopKRouter { K = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExpertCapacity { Factor = 0 });
        Assert.Contains("exported", Assert.Throws<FrugalException>(() => new ExpertChoiceRouter().Route(Logits(1, 4, 2), new() { IsCaptured = true })).Message, StringComparison.Ordinal);
        var dropping = new RoutingContext { IsCaptured = true, Capacity = new() { EvaluationFactor = 1 } };
        Assert.Contains("evaluation-factor", Assert.Throws<FrugalException>(() => new TopKRouter().Route(Logits(1, 4, 2), dropping)).Message, StringComparison.Ordinal);
    }
}
