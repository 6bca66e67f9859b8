using Frugal.Analysis;
using Frugal.Layers.Experts;

namespace Frugal.Tests.Layers.Experts;

public class ServingScheduleTests
{
    private static readonly IReadOnlyList<int[]> requests = ServingTrace.Generate(64, 64, 8, 0.9, seed: 0);

    [Fact]
    public void Every_token_is_served_once_and_no_batch_is_too_large()
    {
        foreach (var schedule in new[] { ServingSchedule.FirstCome(requests, 16), ServingSchedule.ByExpert(requests, 16, 8) })
        {
            Assert.Equal(64 * 64, schedule.Batches.Sum(batch => batch.Count));
            Assert.All(schedule.Batches, batch => Assert.InRange(batch.Count, 1, 16));
            Assert.Equal(requests.SelectMany(each => each).Order(), schedule.Batches.SelectMany(batch => batch).Order());
        }
    }

    [Fact]
    public void Batches_by_expert_run_fewer_and_knowing_the_queue_hits_more()
    {
        var schedule = ServingSchedule.ByExpert(requests, 16, 8);
        Assert.True(schedule.DistinctExperts <= 0.6 * ServingSchedule.FirstCome(requests, 16).DistinctExperts);
        foreach (int capacity in new[] { 2, 3, 4, 5 })
        {
            double Ratio(EvictionPolicy policy)
            {
                var cache = new ExpertCache(capacity, policy);
                cache.Run(schedule.Loads);
                return cache.HitRatio;
            }
            Assert.True(Ratio(EvictionPolicy.Belady) >= Math.Max(Ratio(EvictionPolicy.Lru), Ratio(EvictionPolicy.Random)) + 0.05);
        }
    }
}
