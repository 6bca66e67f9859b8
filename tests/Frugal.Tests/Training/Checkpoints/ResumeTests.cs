using Frugal.Interop;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Checkpoints;
using Frugal.Training.Clipping;
using Frugal.Training.Methods.Noise;
using Frugal.Training.Methods.Pruning;
using Frugal.Training.Optimizers;
using Frugal.Training.Schedules;

namespace Frugal.Tests.Training.Checkpoints;

/// <summary>T1, T2, T3, T6: a run that goes on from a checkpoint gives the same bytes as one that was never interrupted.</summary>
public class ResumeTests
{
    private const int UpdatesPerEpoch = 4;

    private static Train Everything(params TrainingMethod[] more) => new()
    {
        Epochs = 3,
        BatchSize = 16,
        Accumulation = 2,
        Optimizer = new Lamb { Lr = 0.02 },
        Schedule = new Cosine { WarmUp = Duration.Batches(3), WarmUpLr = 0.001 },
        Clip = new NormClip(),
        Ema = new Ema { Decay = 0.9 },
        CheckpointEvery = Duration.Batches(5),
        Methods =
        [
            new GradientNoise { Eta = 0.01 },
            new GradualPruning { FinalSparsity = 0.7, Begin = Duration.Batches(2), End = Duration.Batches(9), Interval = Duration.Batches(2) },
            .. more,
        ],
    };

    private static Train Plain(Optimizer optimizer, params TrainingMethod[] more) =>
        new() { Epochs = 3, BatchSize = 16, Optimizer = optimizer, CheckpointEvery = null, Methods = more };

    private static void Straight(string folder, Func<TrainingMethod[], Train> train, ModelConfig? config = null)
    {
        using var subject = TinySubject.Of(config, folder: folder);
        train([new Hooks()]).Apply(subject);
        ModelBytes(folder, subject);
    }

    /// <summary>Trains with a stop after each of the given numbers of updates.</summary>
    private static void Interrupted(string folder, Func<TrainingMethod[], Train> train, IReadOnlyList<int> stops, ModelConfig? config = null)
    {
        foreach (int stop in stops)
        {
            using var cancel = new CancellationTokenSource();
            using var subject = TinySubject.Of(config, folder: folder, cancel: cancel);
            var stopping = new Hooks { AfterUpdate = fit => { if (fit.Update + 1 == stop) cancel.Cancel(); } };
            Assert.Throws<OperationCanceledException>(() => train([stopping]).Apply(subject));
            Assert.Equal(stop, CheckpointFolder.LatestComplete(TrainingCheckpoints.RootOf(folder, 0)).Latest!.Step);
        }
        using var last = TinySubject.Of(config, folder: folder);
        train([new Hooks()]).Apply(last);
        ModelBytes(folder, last);
    }

    private static void ModelBytes(string folder, Subject subject) => File.WriteAllBytes(Path.Combine(folder, "final"), TinySubject.Bytes(subject));

    private static void AssertEqual(string one, string other) =>
        Assert.Equal(File.ReadAllBytes(Path.Combine(one, "final")), File.ReadAllBytes(Path.Combine(other, "final")));

    private static Dictionary<string, string> Hashes(string folder)
    {
        var latest = CheckpointFolder.LatestComplete(TrainingCheckpoints.RootOf(folder, 0)).Latest!;
        return latest.Files.ToDictionary(file => file.Name, file => file.Sha256);
    }

    [Theory]
    [Trait("Reliability", "T1"), Trait("Reliability", "T2")]
    [InlineData(2)] // within the first epoch
    [InlineData(UpdatesPerEpoch)] // at an epoch's end
    [InlineData(6)] // while masks change
    [InlineData(2, 4, 7)] // more than once
    public void Everything_at_once_goes_on_exactly(params int[] stops)
    {
        using TemporaryFolder straight = new(), interrupted = new();
        Straight(straight.Path, Everything);
        Interrupted(interrupted.Path, Everything, stops);
        AssertEqual(straight.Path, interrupted.Path);
        Assert.Equal(Hashes(straight.Path), Hashes(interrupted.Path));
    }

    [Fact]
    public void Running_statistics_go_on_exactly()
    {
        using TemporaryFolder straight = new(), interrupted = new();
        Straight(straight.Path, Everything, TinySubject.ConvNet);
        Interrupted(interrupted.Path, Everything, [3, 8], TinySubject.ConvNet);
        AssertEqual(straight.Path, interrupted.Path);
        Assert.Equal(Hashes(straight.Path), Hashes(interrupted.Path));
    }

    public static TheoryData<Optimizer> Optimizers => [new Sgd(), new Adam(), new AdamW(), new Lars(), new Lars { Variant = LarsVariant.Paper }];

    [Theory]
    [Trait("Reliability", "T1")]
    [MemberData(nameof(Optimizers))]
    public void Every_update_rule_goes_on_exactly(Optimizer optimizer)
    {
        using TemporaryFolder straight = new(), interrupted = new();
        Straight(straight.Path, methods => Plain(optimizer, methods));
        Interrupted(interrupted.Path, methods => Plain(optimizer, methods), [5]);
        AssertEqual(straight.Path, interrupted.Path);
    }

    [Fact]
    public void Training_changes_what_is_saved()
    {
        using var folder = new TemporaryFolder();
        using var cancel = new CancellationTokenSource();
        Interrupted(folder.Path, Everything, [3]);
        var after = Hashes(folder.Path);
        using var other = new TemporaryFolder();
        using var subject = TinySubject.Of(folder: other.Path, cancel: cancel);
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => Everything(new Hooks()).Apply(subject));
        var before = Hashes(other.Path);
        Assert.Equal(after.Keys, before.Keys);
        Assert.All(after, file => Assert.NotEqual(before[file.Key], file.Value));
    }

    [Fact]
    public void A_finished_training_is_not_trained_again()
    {
        using var folder = new TemporaryFolder();
        Straight(folder.Path, Everything);
        int updates = 0;
        using var subject = TinySubject.Of(folder: folder.Path);
        Everything(new Hooks { AfterUpdate = _ => updates++ }).Apply(subject);
        Assert.Equal(0, updates);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder.Path, "final")), TinySubject.Bytes(subject));
        Assert.Equal([1, 2, 3], subject.Curve.Select(point => point.Epoch));
    }

    [Fact]
    [Trait("Reliability", "T6")]
    public void A_changed_recipe_is_refused_with_what_differs()
    {
        using var folder = new TemporaryFolder();
        Interrupted(folder.Path, methods => Plain(new Sgd(), methods), [3]);
        using var subject = TinySubject.Of(folder: folder.Path);
        var error = Assert.Throws<FrugalException>(() => Plain(new Sgd { Lr = 0.07 }, new Hooks()).Apply(subject));
        Assert.Contains("optimizer.sgd.lr: 0.05 in the checkpoint, 0.07 now", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_trainings_in_one_folder_keep_apart()
    {
        using TemporaryFolder straight = new(), interrupted = new();
        using (var subject = TinySubject.Of(folder: straight.Path))
        {
            Everything(new Hooks()).Apply(subject);
            Everything(new Hooks()).Apply(subject);
            ModelBytes(straight.Path, subject);
        }
        Straight(interrupted.Path, Everything);
        using (var again = TinySubject.Of(folder: interrupted.Path))
        {
            Everything(new Hooks()).Apply(again);
            Assert.Equal(3, again.Curve.Count);
            Everything(new Hooks()).Apply(again);
            Assert.Equal(6, again.Curve.Count);
            ModelBytes(interrupted.Path, again);
        }
        AssertEqual(straight.Path, interrupted.Path);
    }

    [Fact]
    public void A_changed_seed_is_refused_too()
    {
        using var folder = new TemporaryFolder();
        Interrupted(folder.Path, methods => Plain(new Sgd(), methods), [3]);
        using var subject = TinySubject.Of(folder: folder.Path, seed: 7);
        var error = Assert.Throws<FrugalException>(() => Plain(new Sgd(), new Hooks()).Apply(subject));
        Assert.Contains("seed: 0 in the checkpoint, 7 now", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Reliability", "T6")]
    public void A_changed_recipe_that_is_accepted_is_recorded()
    {
        using var folder = new TemporaryFolder();
        using (var cancel = new CancellationTokenSource())
        using (var first = TinySubject.Of(folder: folder.Path, cancel: cancel))
        {
            var stopping = new Hooks { AfterUpdate = fit => { if (fit.Update == 4) cancel.Cancel(); } };
            Assert.Throws<OperationCanceledException>(() => Plain(new Sgd(), stopping).Apply(first));
        }
        using var subject = TinySubject.Of(folder: folder.Path, acceptsChangedRecipe: true);
        new Train { Epochs = 3, BatchSize = 16, Optimizer = new Sgd { Lr = 0.07 }, Methods = [new Hooks()] }.Apply(subject);
        string state = File.ReadAllText(CheckpointFolder.LatestComplete(TrainingCheckpoints.RootOf(folder.Path, 0)).Latest!.File("state.json"));
        Assert.Contains("at update 5: optimizer.sgd.lr: 0.05 in the checkpoint, 0.07 now", state, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_checkpoint_is_passed_over_for_the_one_before()
    {
        using TemporaryFolder straight = new(), damaged = new();
        Straight(straight.Path, Everything);
        Straight(damaged.Path, Everything);
        string newest = CheckpointFolder.LatestComplete(TrainingCheckpoints.RootOf(damaged.Path, 0)).Latest!.File("optimizer.safetensors");
        byte[] bytes = File.ReadAllBytes(newest);
        bytes[^1] ^= 1;
        File.WriteAllBytes(newest, bytes);
        var notes = new Recording();
        using var subject = TinySubject.Of(folder: damaged.Path, observer: notes);
        Everything(new Hooks()).Apply(subject);
        Assert.Equal(File.ReadAllBytes(Path.Combine(straight.Path, "final")), TinySubject.Bytes(subject));
        Assert.Contains(notes.Events, happened => happened is RunEvent.Note { Text: var text } && text.Contains("optimizer.safetensors", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Reliability", "T3")]
    public void Thread_counts_agree_with_themselves_and_nearly_with_each_other()
    {
        int threads = TorchSharp.torch.get_num_threads();
        try
        {
            byte[] one = Trained(1), two = Trained(2);
            Assert.Equal(one, Trained(1));
            Assert.Equal(two, Trained(2));
            var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(one).ToArray()
                .Zip(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(two).ToArray()).ToList();
            float largest = values.Max(pair => Math.Abs(pair.First));
            Assert.True(values.Max(pair => Math.Abs(pair.First - pair.Second)) <= 1e-5 * largest);
        }
        finally
        {
            TorchSharp.torch.set_num_threads(threads);
        }

        static byte[] Trained(int threads)
        {
            TorchSharp.torch.set_num_threads(threads);
            using var subject = TinySubject.Of();
            return TinySubject.Bytes(new Train { Updates = 10, BatchSize = 16, Optimizer = new Sgd() }.Apply(subject));
        }
    }
}
