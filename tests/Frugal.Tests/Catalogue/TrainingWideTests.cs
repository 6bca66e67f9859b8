using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Tests.Interop;
using Frugal.Tests.Training;
using Frugal.Training;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;

namespace Frugal.Tests.Catalogue;

/// <summary>What every model must do when it is trained, and every entry when training uses it: methods, optimizers, schedules, objectives, augmentations.</summary>
public class TrainingWideTests
{
    public static IEnumerable<TheoryDataRow<string>> Trained => TinyRuns.Trained.Select(entry => new TheoryDataRow<string>(entry.ToString()));

    public static IEnumerable<TheoryDataRow<string>> Models => TinyRuns.Trained.Where(entry => entry.Kind.Type == typeof(ModelConfig)).Select(entry => new TheoryDataRow<string>(entry.ToString()));

    public static IEnumerable<TheoryDataRow<string>> Steps => TinyRuns.Steps.Select(entry => new TheoryDataRow<string>(entry.ToString()));

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
        byte[] first = Bytes(entry, updates: 3), second = Bytes(entry, updates: 3);
        Assert.True(first.AsSpan().SequenceEqual(second));
        Assert.False(first.AsSpan().SequenceEqual(Bytes(entry, updates: 6)), "three updates and six gave the same");
    }

    [Theory]
    [MemberData(nameof(Trained))]
    public void A_run_that_was_stopped_after_three_of_six_updates_goes_on_to_the_same_bytes(string name)
    {
        var entry = TinyRuns.Checked(name, "resume");
        using TemporaryFolder straight = new(), stopped = new();
        Assert.Null(Resumed(entry, stopped.Path, stopAfter: 3));
        Assert.True(Resumed(entry, straight.Path, stopAfter: null).AsSpan().SequenceEqual(Resumed(entry, stopped.Path, stopAfter: null)));
    }

    private static byte[]? Resumed(CatalogueEntry entry, string folder, int? stopAfter)
    {
        using var cancel = new CancellationTokenSource();
        using var subject = TinyRuns.Subject(entry, folder, cancel);
        var train = TinyRuns.Train(entry, updates: 6);
        var stopping = new Hooks { AfterUpdate = fit => { if (fit.Update + 1 == stopAfter) cancel.Cancel(); } };
        typeof(Train).GetProperty(nameof(Train.Methods))!.SetValue(train, (IReadOnlyList<TrainingMethod>)[.. train.Methods, stopping]);
        try
        {
            return TinySubject.Bytes(train.Apply(subject));
        }
        catch (OperationCanceledException) when (stopAfter is not null)
        {
            return null;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_learns(string name)
    {
        using var subject = TinyRuns.Subject(TinyRuns.Checked(name, "training"));
        new Train { Updates = 60, BatchSize = 16, Optimizer = new Adam { Lr = 0.005 } }.Apply(subject);
        Assert.True(subject.Curve[^1].TrainingAccuracy > 0.85, $"four classes, {subject.Curve[^1].TrainingAccuracy} of the examples right");
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

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_computes_the_same_after_it_was_saved_and_read(string name)
    {
        using var subject = TinyRuns.Subject(TinyRuns.Checked(name, "save"));
        new Train { Updates = 2, BatchSize = 16 }.Apply(subject);
        AssertReadsBackEqual(subject);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_leaves_a_model_that_computes_the_same_after_it_was_saved_and_read(string name)
    {
        var entry = TinyRuns.Checked(name, "save");
        using var folder = new TemporaryFolder();
        using var after = TinyRuns.AfterStep(entry, folder.Path);
        AssertReadsBackEqual(after);
    }

    private static void AssertReadsBackEqual(Subject subject)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        ModelFolder.Save(subject.Model, folder.Path, subject.Data.Info);
        using var again = ModelFolder.Load(folder.Path);
        again.eval();
        subject.Model.eval();
        var inputs = new Loader(subject.Data.Train, 16, subject.Random).Epoch(0).First().Inputs;
        Assert.True(subject.Model.call(inputs).equal(again.call(inputs)).all().item<bool>());
        Assert.Equal(subject.Model.state_dict().Keys, again.state_dict().Keys);
    }

    private static byte[] Bytes(CatalogueEntry entry, int updates)
    {
        using var subject = TinyRuns.Subject(entry);
        return TinySubject.Bytes(TinyRuns.Train(entry, updates).Apply(subject));
    }
}
