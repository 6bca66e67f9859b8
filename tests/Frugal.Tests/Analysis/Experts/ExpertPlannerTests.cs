using Frugal.Analysis;
using Frugal.Growth;
using Frugal.Recipes;

namespace Frugal.Tests.Analysis.Experts;

public class ExpertPlannerTests
{
    private const double Gib = 1 << 30;

    private static ExpertLayerShape Layer(int experts, long dim = 1024, bool isResidual = false) => new(dim, 4 * dim, experts, IsResidual: isResidual);

    /// <summary>Table 1 and section 4 of the paper, in billions of weights: the base model's and those of its mixtures.</summary>
    [Theory]
    [InlineData(0.355, 1024, "12x128", false, 13)]
    [InlineData(0.355, 1024, "10x32 2x64", true, 4)]
    [InlineData(1.31, 2048, "12x128", false, 52)]
    [InlineData(1.31, 2048, "10x64 2x128", true, 31)]
    public void Pyramids_have_the_published_sizes(double baseBillions, long dim, string layers, bool isResidual, double published)
    {
        double added = layers.Split(' ').Select(part => part.Split('x').Select(int.Parse).ToArray()).Sum(part => (double)part[0] * Layer(part[1], dim, isResidual).AddedParameters);
        Assert.Equal(published, Math.Floor(baseBillions + added / 1e9));
        Assert.Equal(8 * dim * dim + 5 * dim, Layer(1, dim).ExpertParameters);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(8, 8)]
    [InlineData(64, 8)]
    [InlineData(24, 8)]
    public void Ranks_slices_and_copies_make_up_the_devices(int devices, int nodeSize)
    {
        var cluster = new DeviceCluster { Devices = devices, NodeSize = nodeSize };
        var candidates = ExpertPlanner.Candidates(cluster, Layer(32), 128, 2).ToList();
        Assert.All(candidates, placement =>
        {
            Assert.Equal(devices, placement.ExpertParallel * placement.Slices * placement.Replicas);
            Assert.Equal(0, 32 % placement.ExpertParallel);
            Assert.True(placement.LatencyUs > 0);
            Assert.Equal(2.0 * 32 * Layer(32).ExpertParameters / (placement.ExpertParallel * placement.Slices), placement.DeviceBytes, 1e-3);
        });
        Assert.Equal(candidates.Count, candidates.DistinctBy(placement => (placement.ExpertParallel, placement.Slices, placement.ByNodes)).Count());
    }

    [Fact]
    public void Where_memory_is_short_each_layer_of_a_pyramid_has_as_many_ranks_as_it_needs_and_copies_for_the_rest()
    {
        // A device holds one expert of a layer of 32, and of a layer of 64 two.
        var layers = new[] { Layer(32), Layer(64) };
        double expert = 4.0 * Layer(1).ExpertParameters;
        var plan = ExpertPlanner.Plan(new DeviceCluster { Devices = 64, NodeSize = 64, Memory = 3.01 * expert }, layers, 64 * 1024);
        Assert.All(plan, placement => Assert.True(placement.ExpertParallel * placement.Slices >= 32));
        Assert.All(plan, placement => Assert.True(placement.DeviceBytes <= 3.01 * expert));
        Assert.Contains("do not fit", Assert.Throws<FrugalException>(() => ExpertPlanner.Plan(new DeviceCluster { Devices = 4, NodeSize = 4, Memory = Gib / 4 }, layers, 8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_memory_bandwidth_is_worth_messages_and_slow_messages_are_not()
    {
        var layer = Layer(8, 4096);
        Assert.True(ExpertPlanner.Plan(new DeviceCluster { Devices = 8 }, [layer], 8)[0].ExpertParallel > 1, "reading eight experts costs more than an exchange");
        Assert.Equal(1, ExpertPlanner.Plan(new DeviceCluster { Devices = 8, HopLatency = 1e6 }, [layer], 8)[0].ExpertParallel);
    }

    [Fact]
    public void Beyond_as_many_devices_as_experts_they_are_sliced()
    {
        var placement = ExpertPlanner.Plan(new DeviceCluster { Devices = 16, NodeSize = 16, HopLatency = 0.1 }, [Layer(4, 8192)], 16)[0];
        Assert.Equal(4, placement.ExpertParallel);
        Assert.True(placement.Slices > 1);
    }

    [Fact]
    public void Exchanges_by_nodes_save_messages_and_double_the_volume()
    {
        ExpertPlacement Of(long tokens, bool byNodes) => ExpertPlanner.Candidates(new DeviceCluster { Devices = 64, NodeSize = 8 }, Layer(64), tokens, 2)
            .Single(placement => placement.ExpertParallel == 64 && placement.Slices == 1 && placement.ByNodes == byNodes);
        Assert.True(Of(64, byNodes: true).ExchangeUs < 0.3 * Of(64, byNodes: false).ExchangeUs, "14 messages against 63");
        Assert.True(Of(100_000_000, byNodes: true).ExchangeUs > Of(100_000_000, byNodes: false).ExchangeUs);
    }

    [Fact]
    public void The_step_plans_every_mixture_of_a_model_and_leaves_it_as_it_is()
    {
        var notes = new List<string>();
        using var subject = TinySubject.Of(TinySubject.ResidualMlp, observer: new Immediate(notes));
        new PyramidResidualExperts { Experts = [2, 4], Every = 1 }.Apply(subject);
        byte[] before = TinySubject.Bytes(subject);
        new PlanExperts { Cluster = new() { Devices = 4 }, Tokens = 8, Examples = 16 }.Apply(subject);
        Assert.True(before.AsSpan().SequenceEqual(TinySubject.Bytes(subject)));
        Assert.Equal(2, notes.Count(note => note.Contains("experts over", StringComparison.Ordinal)));
        Assert.True(subject.Metrics["planned-expert-latency"] > 0 && subject.Metrics["planned-device-bytes"] > 0);
        // What it sends and how evenly it computes is seen on examples: at most each row once for each mixture.
        Assert.Equal(2, notes.Count(note => note.Contains("rows go to other ranks", StringComparison.Ordinal)));
        Assert.InRange(subject.Metrics["rows-sent"]!.Value, 0, 2 * 16);
        Assert.InRange(subject.Metrics["busiest-rank"]!.Value, 1, 4);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Contains("whole nodes", Assert.Throws<FrugalException>(() => ExpertPlanner.Plan(new DeviceCluster { Devices = 12 }, [Layer(4)], 8)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeviceCluster { Devices = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => ExpertPlanner.Plan(new(), [Layer(4)], 0));
        using var dense = TinySubject.Of();
        Assert.Contains("no mixture", Assert.Throws<FrugalException>(() => new PlanExperts().Apply(dense)).Message, StringComparison.Ordinal);
    }

    private sealed class Immediate(List<string> notes) : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            if (value is RunEvent.Note note)
                notes.Add(note.ToString());
        }
    }
}
