using Frugal.Data;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Recipes.Steps;
using Frugal.Training;

namespace Frugal.Tests.Recipes;

public class StepLatencyTests
{
    [Fact]
    public void A_step_that_makes_calls_faster_reports_their_time_before_and_after_and_no_other_step_does()
    {
        using var subject = new RecipeRun
        {
            Recipe = new Recipe { Data = new Digits(), Model = new MlpConfig { HiddenSizes = [8] }, Steps = [new Train { Updates = 2, BatchSize = 16 }, new RuntimeConversion()] },
            Data = new DataSplits(new Blobs(32), null, new Blobs(32), "blobs"),
            Seed = 0,
        }.Execute();
        var (train, runtime) = (subject.History[0], subject.History[1]);
        Assert.Null(train.LatencyBefore);
        Assert.Null(train.LatencyAfter);
        foreach (var latency in new[] { runtime.LatencyBefore!, runtime.LatencyAfter! })
            Assert.True(latency.One > 0 && latency.Batch > 0);
    }

    [Fact]
    public void The_time_of_a_call_leaves_the_model_in_its_mode()
    {
        using var subject = TinySubject.Of();
        subject.Model.train();
        ModelLatency.Of(subject.Model);
        Assert.True(subject.Model.training);
    }
}
