using Frugal.Data;
using Frugal.Models.Vision;
using Frugal.Recipes;

namespace Frugal.Tests.Data;

public class DataSplitsTests
{
    private static DataSplits Make() => new(new ToyImages(3), null, new ToyImages(2), "0") { Warnings = ["a file was skipped"] };

    [Fact]
    [Trait("Reliability", "T49")]
    public void The_test_split_is_refused_while_it_is_locked()
    {
        var splits = Make();
        using (splits.LockTest())
        using (splits.LockTest())
        {
            Assert.Contains("test split", Assert.Throws<FrugalException>(() => splits.Test).Message);
            Assert.Equal(3, splits.Train.Count);
        }
        Assert.Equal(2, splits.Test.Count);
    }

    [Fact]
    public void One_lock_opened_twice_does_not_open_another()
    {
        var splits = Make();
        using var other = splits.LockTest();
        var mine = splits.LockTest();
        mine.Dispose();
        mine.Dispose();
        Assert.Throws<FrugalException>(() => splits.Test);
    }

    [Fact]
    public void Warnings_reach_whoever_watches_a_run()
    {
        var heard = new List<RunEvent>();
        using var subject = new RecipeRun
        {
            Recipe = new Recipe { Data = new Digits(), Model = new MlpConfig { HiddenSizes = [] }, Steps = [] },
            Data = Make(),
            Seed = 0,
            Observer = new Listener(heard),
        }.Execute();
        Assert.Equal(new RunEvent.Note("a file was skipped"), Assert.Single(heard.OfType<RunEvent.Note>()));
    }

    private sealed class Listener(List<RunEvent> heard) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => heard.Add(value);
    }
}
