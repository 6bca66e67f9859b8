using Frugal.Training;
using Frugal.Training.Methods;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods;

public class OnlyClassesTests
{
    private static string Refusal(params int[] classes)
    {
        using var subject = TinySubject.Of();
        return Assert.Throws<FrugalException>(() => new Train { Updates = 1, BatchSize = 16, Methods = [new OnlyClasses { Classes = classes }] }.Apply(subject)).Message;
    }

    [Fact]
    public void The_network_learns_these_classes_and_never_answers_with_another()
    {
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of();
        new Train { Updates = 120, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 }, Methods = [new OnlyClasses { Classes = [1, 3] }] }.Apply(subject);
        using var mode = no_grad();
        var batch = new Frugal.Data.Loader(subject.Data.Test, 32, subject.Random).Epoch(0).First();
        var answers = subject.Model.call(batch.Inputs).argmax(1).data<long>().ToArray();
        Assert.All(answers, answer => Assert.Contains(answer, new[] { 1L, 3 }));
        Assert.All(answers.Zip(batch.Targets.data<long>().ToArray()).Where(pair => pair.Second is 1 or 3), pair => Assert.Equal(pair.Second, pair.First));
    }

    [Fact]
    public void Classes_that_there_are_not_are_refused()
    {
        Assert.Contains("between 0 and 3, and got [4]", Refusal(4), StringComparison.Ordinal);
        Assert.Contains("got []", Refusal(), StringComparison.Ordinal);
    }
}
