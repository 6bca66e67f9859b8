using Frugal.Layers.Experts;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Experts;

public sealed class DispatchTableTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    private static Routing Route(int tokens = 30, int k = 2, int experts = 5, CapacityOrder? order = null)
    {
        using var generator = new Generator(4);
        return new TopKRouter { K = k, Weights = ExpertWeights.NormalizedAfterDropping }.Route(
            randn([1, tokens, experts], dtype: float64, generator: generator), new() { IsTraining = true, Capacity = order is { } given ? new() { Factor = 0.7, Minimum = 1, Order = given } : null });
    }

    [Theory]
    [InlineData(CapacityOrder.Choice)]
    [InlineData(CapacityOrder.Token)]
    [InlineData(CapacityOrder.Random)]
    [InlineData(CapacityOrder.Logit)]
    public void Rows_of_an_expert_are_numbered_without_gaps(CapacityOrder order)
    {
        manual_seed(1).Dispose();
        var table = DispatchTable.Of(Route(order: order), order);
        for (int expert = 0; expert < 5; expert++)
        {
            var slots = table.Slots.Where((_, choice) => table.Experts[choice] == expert).Order().ToList();
            Assert.Equal(Enumerable.Range(0, slots.Count).Select(slot => (long)slot), slots);
        }
    }

    [Fact]
    public void First_choices_have_rows_before_second_ones_or_tokens_in_their_order()
    {
        var routing = Route();
        var ranks = routing.Ranks!.data<long>().ToArray();
        var (byChoice, byToken) = (DispatchTable.Of(routing), DispatchTable.Of(routing, CapacityOrder.Token));
        for (int one = 0; one < ranks.Length; one++)
            for (int other = 0; other < one; other++)
                if (byChoice.Experts[one] == byChoice.Experts[other])
                {
                    Assert.True(byToken.Slots[other] < byToken.Slots[one]);
                    Assert.Equal(ranks[other] <= ranks[one], byChoice.Slots[other] < byChoice.Slots[one]);
                }
    }

    [Fact]
    public void Moving_rows_by_number_equals_the_product_with_the_one_hot_matrix()
    {
        var routing = Route(order: CapacityOrder.Choice);
        var table = DispatchTable.Of(routing, capacity: 12);
        Tensor input = randn([30, 4], dtype: float64), combine = table.Combine(routing.Weights!);
        Assert.Equal([30, 5, 12], combine.shape);
        var gathered = table.Gather(input);
        Assert.True(gathered.equal(einsum("sec,sm->ecm", combine.ne(0).to(float64), input)).all().item<bool>());
        var outputs = (gathered * 3).tanh() + 1;
        Assert.True(table.Scatter(outputs, routing.Weights!).allclose(einsum("sec,ecm->sm", combine, outputs), rtol: 1e-12, atol: 1e-12));
        Assert.True(combine.sum([1, 2]).allclose(routing.ToDense().sum(1)));
    }

    [Fact]
    public void Gradients_are_those_of_the_products()
    {
        var routing = Route(order: CapacityOrder.Token);
        var table = DispatchTable.Of(routing, CapacityOrder.Token);
        var combine = table.Combine(routing.Weights!);
        Tensor one = randn([30, 4], dtype: float64).requires_grad_(), other = one.detach().clone().requires_grad_();
        table.Scatter(table.Gather(one).tanh(), routing.Weights!).square().sum().backward();
        einsum("sec,ecm->sm", combine, einsum("sec,sm->ecm", combine.ne(0).to(float64), other).tanh()).square().sum().backward();
        Assert.True(one.grad!.allclose(other.grad!, rtol: 1e-10, atol: 1e-12));
    }

    [Fact]
    public void A_choice_with_a_negative_logit_finds_room_only_where_all_that_did_not_choose_would()
    {
        // Both tokens choose expert 0, one with a negative logit; expert 1 is chosen by the others.
        var logits = tensor(new[] { 2.0, -1, -1, -2, -3, 1, -3, 2 }).view(1, 4, 2);
        int Kept(double factor) => (int)new TopKRouter { K = 1 }.Route(logits, new() { IsTraining = true, Capacity = new() { Factor = factor, Minimum = 0, Order = CapacityOrder.Logit } }).Experts!.eq(0).sum().item<long>();
        Assert.Equal(1, Kept(1));
        Assert.Equal(1, Kept(1.5));
        Assert.Equal(2, Kept(2));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Contains("1 rows", Assert.Throws<FrugalException>(() => DispatchTable.Of(Route(), capacity: 1)).Message, StringComparison.Ordinal);
        Assert.Contains("nothing to dispatch", Assert.Throws<FrugalException>(() => DispatchTable.Of(new SoftRouter().Route(randn([1, 3, 4]), new()))).Message, StringComparison.Ordinal);
    }
}
