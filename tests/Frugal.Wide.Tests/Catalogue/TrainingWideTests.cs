using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Wide.Tests.Catalogue;

/// <summary>What every model must do when it is trained, and every entry when training uses it: methods, optimizers, schedules, objectives, augmentations.</summary>
public class TrainingWideTests(ShortTrainings runs) : IClassFixture<ShortTrainings>
{
    public static IEnumerable<TheoryDataRow<string>> Trained => TinyRuns.Trained.Select(entry => new TheoryDataRow<string>(entry.ToString()));

    public static IEnumerable<TheoryDataRow<string>> Models => TinyRuns.Trained.Where(entry => entry.Kind.Type == typeof(ModelConfig)).Select(entry => new TheoryDataRow<string>(entry.ToString()));

    [Theory]
    [MemberData(nameof(Trained))]
    public void Two_updates_change_the_parameters_and_keep_them_finite(string name)
    {
        var entry = TinyRuns.Checked(name, "training");
        using var subject = TinyRuns.Subject(entry);
        using var scope = NewDisposeScope();
        var before = subject.Model.named_parameters().Select(pair => (pair.name, Value: pair.parameter.detach().clone())).ToList();
        TinyRuns.Train(entry, updates: 2).Apply(subject);
        // A method may have put another layer in the place of one that was there.
        var after = subject.Model.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        Assert.Contains(before, pair => after.TryGetValue(pair.name, out var parameter) && pair.Value.ne(parameter).any().item<bool>());
        Assert.All(subject.Model.state_dict(), pair => Assert.True(pair.Value.isfinite().all().item<bool>(), pair.Key));
    }

    [Theory]
    [MemberData(nameof(Trained))]
    public void The_same_seed_gives_the_same_bytes(string name)
    {
        var entry = TinyRuns.Checked(name, "training");
        var run = runs.LeftAlone(entry);
        Assert.True(run.AfterThree.AsSpan().SequenceEqual(runs.Stopped(entry)));
        Assert.False(run.AfterThree.AsSpan().SequenceEqual(run.AfterSix), "three updates and six gave the same");
    }

    [Theory]
    [MemberData(nameof(Trained))]
    public void A_run_that_was_stopped_after_three_of_six_updates_goes_on_to_the_same_bytes(string name)
    {
        var entry = TinyRuns.Checked(name, "resume");
        Assert.True(runs.LeftAlone(entry).AfterSix.AsSpan().SequenceEqual(runs.GoneOn(entry)));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_weights_of_a_matrix_start_as_different_numbers(string name)
    {
        using var subject = TinyRuns.Subject(TinyRuns.Checked(name, "training"));
        using var scope = NewDisposeScope();
        // Widths of wavelets and scales of branches begin at one number, as those of norms do; each has a gradient of its own.
        Assert.All(subject.Model.named_parameters().Where(pair => pair.parameter.dim() >= 2 && pair.name.Split('.')[^1] is not ("wav_scale" or "layer_scale" or "scale")), pair =>
        {
            double spread = pair.parameter.std().item<float>();
            Assert.True(spread == 0 ? pair.parameter.count_nonzero().item<long>() == 0 : spread > 1e-3 * pair.parameter.abs().max().item<float>(), $"{pair.name} is filled with one number");
        });
    }
}
