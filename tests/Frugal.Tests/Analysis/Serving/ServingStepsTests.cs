using Frugal.Analysis;
using Frugal.Compression.Experts;
using Frugal.Layers.Experts;
using Frugal.Tests.Compression.Experts;

namespace Frugal.Tests.Analysis.Serving;

public class ServingStepsTests
{
    [Fact]
    public void A_simulation_says_for_each_size_how_often_an_expert_is_there()
    {
        using var subject = TinySubject.Of();
        new SimulateServing { Requests = 20, Tokens = 10, Capacities = [2, 8] }.Apply(subject);
        var metrics = subject.Metrics;
        Assert.True(metrics["experts-per-batch"] < metrics["experts-per-batch-in-order"]);
        foreach (string policy in new[] { "lru", "fifo", "random" })
        {
            Assert.True(metrics[$"{policy}-hit-ratio-2"] <= metrics["belady-hit-ratio-2"]);
            Assert.Equal(metrics["belady-hit-ratio-8"], metrics[$"{policy}-hit-ratio-8"]);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => new SimulateServing { Capacities = [0] });
    }

    [Fact]
    public void What_is_served_is_measured_beside_the_simulation()
    {
        using var subject = ReadMeTests.Subject();
        Assert.Throws<FrugalException>(() => new MeasureServing().Apply(subject));
        ReadMeTests.Step.Apply(subject);
        new MeasureServing { Requests = 6, NewTokens = 0, Capacity = 2, MaxTokens = 3 }.Apply(subject);
        var metrics = subject.Metrics;
        Assert.Equal(metrics["simulated-hit-ratio"], metrics["hit-ratio"]);
        Assert.True(metrics["lru-hit-ratio"] <= metrics["simulated-hit-ratio"]);
        Assert.True(metrics["experts-per-batch"] <= metrics["experts-per-batch-in-order"]);
        Assert.True(metrics["expert-bytes-held"] <= metrics["expert-bytes"] * 2 / 3);
        new MeasureServing { Requests = 6, NewTokens = 3, Capacity = 1, MaxTokens = 2, Policy = EvictionPolicy.Fifo }.Apply(subject);
        Assert.True(metrics["hit-ratio"] <= metrics["simulated-hit-ratio"]);
    }

    [Fact]
    public void Every_expert_is_measured_on_every_domain()
    {
        using var subject = ReadMeTests.Subject();
        Assert.Throws<FrugalException>(() => new MeasureDomainExperts().Apply(subject));
        // With all units, every expert is the same.
        new ReadMe { KeepRate = 1, RouterDim = 16, RouterHeads = 2 }.Apply(subject);
        new MeasureDomainExperts { Examples = 4 }.Apply(subject);
        Assert.Equal(subject.Metrics["own-expert-loss"]!.Value, subject.Metrics["other-expert-loss"]!.Value, 1e-5);
        Assert.InRange(subject.Metrics["own-expert-share"]!.Value, 0, 1);
        using var few = ReadMeTests.Subject();
        new ReadMe { Domains = [new(0, 8)], RouterDim = 16, RouterHeads = 2 }.Apply(few);
        Assert.Contains("experts", Assert.Throws<FrugalException>(() => new MeasureDomainExperts().Apply(few)).Message, StringComparison.Ordinal);
    }
}
