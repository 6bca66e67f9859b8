using Frugal.Interop;
using Frugal.Layers.Experts;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Experts.Parallel;

public sealed class ParallelTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public ParallelTests() => manual_seed(2).Dispose();

    public void Dispose() => scope.Dispose();

    private static MixtureOfExperts Layer(int experts = 8, int k = 2, bool isGated = false)
    {
        var layer = new MixtureOfExperts(6, 12, experts, new TopKRouter { K = k }, isGated: isGated);
        layer.to(float64);
        layer.eval();
        return layer;
    }

    [Theory]
    [InlineData("gating")]
    [InlineData("residual_layer")]
    [InlineData("parallel")]
    public void Agrees_with_the_reference(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "deepspeed-moe", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(4, 2)]
    [InlineData(8, 2)]
    [InlineData(8, 4)]
    [InlineData(8, 8)]
    public void By_nodes_or_at_once_it_is_the_same_exchange_and_twice_is_none(int ranks, int nodeSize)
    {
        var dispatched = randn([ranks, 8, 3, 5]);
        var sent = AllToAll.Send(dispatched);
        Assert.Equal([ranks, ranks, 8 / ranks, 3, 5], sent.shape);
        Assert.True(sent.equal(AllToAll.SendByNodes(dispatched, nodeSize).Result).all().item<bool>());
        Assert.True(AllToAll.Return(sent).equal(dispatched).all().item<bool>());
        for (int from = 0; from < ranks; from++)
            for (int to = 0; to < ranks; to++)
                Assert.True(sent[to, from].equal(dispatched[from].narrow(0, to * (8 / ranks), 8 / ranks)).all().item<bool>());
    }

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 1, false)]
    [InlineData(8, 1, false)]
    [InlineData(4, 3, false)]
    [InlineData(1, 5, false)]
    [InlineData(2, 12, true)]
    public void The_layer_computes_the_same_however_it_is_divided(int ranks, int slices, bool isGated)
    {
        var layer = Layer(isGated: isGated);
        var input = randn([3, 7, 6], dtype: float64);
        using var run = new ExpertParallelRun(layer, ranks, slices);
        Assert.True(run.Forward(input).allclose(layer.call(input), rtol: 1e-9, atol: 1e-12));
        Assert.True(run.Traffic!.Rows <= run.Traffic.PaddedRows);
        Assert.Equal(ranks == 1, run.Traffic.Rows == 0);
        Assert.True(run.Traffic.Busiest >= 1);
    }

    [Fact]
    public void Rows_through_padded_buffers_and_the_exchange_give_the_same_as_well()
    {
        const int Ranks = 4;
        var layer = Layer();
        var input = randn([24, 6], dtype: float64);
        using var mode = no_grad();
        var perRank = input.chunk(Ranks).Select(tokens => layer.Route(tokens)).ToList();
        long capacity = perRank.Max(routing => routing.Experts!.bincount(null, 8).max().item<long>());
        var tables = perRank.Select(routing => DispatchTable.Of(routing, capacity: capacity)).ToList();
        var held = AllToAll.Send(stack(tables.Zip(input.chunk(Ranks), (table, tokens) => table.Gather(tokens))));
        var computed = stack([.. Enumerable.Range(0, Ranks).Select(rank => stack([.. Enumerable.Range(0, 2).Select(local => layer.Experts[2 * rank + local].call(held[rank].select(1, local).flatten(0, 1)).view(Ranks, capacity, 6))], 1))]);
        var back = AllToAll.Return(computed);
        var output = cat([.. tables.Select((table, rank) => table.Scatter(back[rank], perRank[rank].Weights!))]);
        Assert.True(output.allclose(layer.call(input), rtol: 1e-9, atol: 1e-12));
    }

    [Fact]
    public void The_table_takes_less_than_an_expert_share_of_the_one_hot_products()
    {
        var routing = new TopKRouter { K = 1, Weights = ExpertWeights.Probability }.Route(randn([1, 64, 8]), new() { IsTraining = true, Capacity = new() { Factor = 1, Minimum = 4 } });
        var table = DispatchTable.Of(routing, capacity: 8);
        Assert.True(table.Multiplies(16) <= table.OneHotMultiplies(16) / 8);
        Assert.Equal(2 * 64 * 8 * 8 * 16, table.OneHotMultiplies(16));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        var layer = Layer();
        Assert.Contains("3 ranks", Assert.Throws<FrugalException>(() => new ExpertParallelRun(layer, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("13 parts", Assert.Throws<FrugalException>(() => new ExpertParallelRun(layer, 2, 13)).Message, StringComparison.Ordinal);
        using var run = new ExpertParallelRun(layer, 8);
        Assert.Contains("7 tokens", Assert.Throws<FrugalException>(() => run.Forward(randn([7, 6], dtype: float64))).Message, StringComparison.Ordinal);
        layer.train();
        Assert.Contains("eval()", Assert.Throws<FrugalException>(() => run.Forward(randn([8, 6], dtype: float64))).Message, StringComparison.Ordinal);
        Assert.Contains("whole nodes", Assert.Throws<FrugalException>(() => AllToAll.SendByNodes(randn([4, 8, 1, 1]), 3)).Message, StringComparison.Ordinal);
        Assert.Contains("3 ranks", Assert.Throws<FrugalException>(() => AllToAll.Send(randn([3, 8, 1, 1]))).Message, StringComparison.Ordinal);
    }
}
