using Frugal.Training;

namespace Frugal.Tests.Training;

public class MethodOrderTests
{
    private sealed class First : Hooks
    {
        public override Type After => typeof(Second);
    }

    private sealed class Second : Hooks
    {
        public Type? Waits { get; init; }

        public override Type? After => Waits;
    }

    private static Train With(params TrainingMethod[] methods) => new() { Updates = 1, BatchSize = 16, Methods = methods };

    [Fact]
    public void Goes_by_phase_then_by_what_each_waits_for_and_backwards_at_the_end()
    {
        var order = new List<string>();
        Hooks Named(string name, Phase phase) => new() { Acts = phase, Before = _ => order.Add(name), End = _ => order.Add($"end {name}") };
        var waiting = new First { Acts = Phase.Data, Before = _ => order.Add("first"), End = _ => order.Add("end first") };
        var awaited = new Second { Acts = Phase.Data, Before = _ => order.Add("second"), End = _ => order.Add("end second") };
        using var subject = TinySubject.Of();
        With(Named("weight", Phase.Weight), waiting, Named("loss", Phase.Loss), awaited).Apply(subject);
        Assert.Equal(["second", "first", "loss", "weight", "end weight", "end loss", "end first", "end second"], order);
    }

    [Fact]
    public void A_circle_is_refused_with_its_names()
    {
        using var subject = TinySubject.Of();
        var error = Assert.Throws<FrugalException>(() => With(new First(), new Second { Waits = typeof(First) }).Apply(subject));
        Assert.Contains("First and Second", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Waiting_for_a_later_phase_is_refused()
    {
        using var subject = TinySubject.Of();
        Assert.Throws<FrugalException>(() => With(new First { Acts = Phase.Data }, new Second { Acts = Phase.Weight }).Apply(subject));
    }

    [Fact]
    public void Two_claims_on_one_thing_are_refused_with_both_names()
    {
        using var subject = TinySubject.Of();
        var error = Assert.Throws<FrugalException>(() => With(new First { Claim = ["mask of fc1.weight"] }, new Hooks { Claim = ["mask of fc1.weight"] }).Apply(subject));
        Assert.Contains("First and Hooks both claim the mask of fc1.weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_are_built_before_the_optimiser_and_methods_may_rewire_them()
    {
        string[] built = [];
        var rewiring = new Hooks
        {
            Build = subject => subject.Model.ResetClassifier(7),
            Start = fit => built = [.. fit.Optimizer.Groups.SelectMany(group => group.Parameters).Select(parameter => $"{parameter.Name} {parameter.Value.shape[0]}")],
            EpochEnd = fit =>
            {
                fit.Subject.Model.ResetClassifier(9);
                fit.Rebuild();
                built = [.. fit.Optimizer.Groups.SelectMany(group => group.Parameters).Select(parameter => $"{parameter.Name} {parameter.Value.shape[0]}")];
            },
        };
        using var subject = TinySubject.Of();
        var growing = new Hooks { Start = _ => Assert.Contains("head.weight 7", built) };
        new Train { Epochs = 2, BatchSize = 16, Ema = new Ema { Decay = 0.5 }, Methods = [rewiring, growing] }.Apply(subject);
        Assert.Contains("head.weight 9", built);
        Assert.Equal(9, subject.Model.NumClasses);
    }
}
