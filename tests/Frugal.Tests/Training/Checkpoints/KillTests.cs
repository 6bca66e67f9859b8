using System.Diagnostics;
using System.Globalization;
using Frugal.Interop;
using Frugal.Recipes;
using Frugal.Tests.Native;
using Frugal.Training;
using Frugal.Training.Checkpoints;
using Frugal.Training.Methods.Pruning;
using Frugal.Training.Optimizers;

namespace Frugal.Tests.Training.Checkpoints;

/// <summary>T4: a training that is killed again and again ends with the same bytes as one that was left alone.</summary>
public class KillTests
{
    private const string FolderVariable = "FRUGAL_TEST_TRAINING_FOLDER", WaitsVariable = "FRUGAL_TEST_TRAINING_WAITS", KillsVariable = "FRUGAL_KILLS";
    private const int Updates = 20, BatchSize = 16, Examples = 64, EpochsOfChild = 2;

    private static int UpdatesOfEpoch => Examples / BatchSize;

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable(KillsVariable), CultureInfo.InvariantCulture, out int kills) ? kills : 20;

    private static Train Options(int updates) => new()
    {
        Updates = updates,
        BatchSize = BatchSize,
        Optimizer = new AdamW { Lr = 0.01 },
        Ema = new Ema { Decay = 0.9 },
        CheckpointEvery = Duration.Batches(1),
        Methods = [new GradualPruning { FinalSparsity = 0.8, Interval = Duration.Batches(5) }],
    };

    /// <summary>What the child processes run: the training, going on from whatever lies in the folder.</summary>
    [Fact(Explicit = true)]
    public void Child_trains()
    {
        string folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        var observer = Environment.GetEnvironmentVariable(WaitsVariable) is null ? null : new WaitToBeKilled(NewestName(folder) / UpdatesOfEpoch + EpochsOfChild);
        using var subject = TinySubject.Of(TinySubject.ConvNet, Examples, folder: folder, observer: observer);
        Options(UpdatesFor(Kills)).Apply(subject);
        File.WriteAllBytes(Path.Combine(folder, "final"), TinySubject.Bytes(subject));
    }

    [Fact]
    [Trait("Reliability", "T4")]
    public void A_killed_training_goes_on_and_ends_with_the_same_bytes()
    {
        using TemporaryFolder killed = new(), straight = new();
        var random = new RandomStream(4);
        long reached = -1;
        for (int kill = 0; kill < Kills; kill++)
        {
            using var child = StartChild(killed.Path, waits: true);
            WaitUntilBeyond(killed.Path, reached, child);
            Thread.Sleep(random.NextInt(60));
            child.Kill();
            child.WaitForExit();
            long step = CheckpointFolder.LatestComplete(Checkpoints(killed.Path)).Latest!.Step;
            Assert.True(step > reached, "every process makes progress, and none is lost");
            reached = step;
        }
        using (var last = StartChild(killed.Path, waits: false))
            last.WaitForExit();
        using var subject = TinySubject.Of(TinySubject.ConvNet, Examples, folder: straight.Path);
        Options(UpdatesFor(Kills)).Apply(subject);
        Assert.Equal(TinySubject.Bytes(subject), File.ReadAllBytes(killed.File("final")));
        Assert.Equal(Hashes(straight.Path), Hashes(killed.Path));
    }

    // Enough for every process to make what progress it can before it is killed, and some more.
    private static int UpdatesFor(int kills) => Updates + EpochsOfChild * UpdatesOfEpoch * kills;

    private static string Checkpoints(string folder) => TrainingCheckpoints.RootOf(folder, 0);

    private static Dictionary<string, string> Hashes(string folder) =>
        CheckpointFolder.LatestComplete(Checkpoints(folder)).Latest!.Files.ToDictionary(file => file.Name, file => file.Sha256);

    private static void WaitUntilBeyond(string folder, long step, Process child) => Patience.Until(
        () =>
        {
            Assert.False(child.HasExited, "the child trains until it is killed");
            return NewestName(folder) > step;
        }, "the child saves");

    // By name alone, so that watching does not slow the child down.
    private static long NewestName(string folder) => !Directory.Exists(Checkpoints(folder)) ? -1 : Directory.GetDirectories(Checkpoints(folder), "step-*")
        .Select(path => long.TryParse(Path.GetFileName(path).AsSpan(5), CultureInfo.InvariantCulture, out long step) ? step : -1).DefaultIfEmpty(-1).Max();

    private static Process StartChild(string folder, bool waits)
    {
        var start = new ProcessStartInfo(ChildProcess.DotNet,
        [
            "exec", typeof(KillTests).Assembly.Location, "-method", $"{typeof(KillTests).FullName}.{nameof(Child_trains)}", "-explicit", "only",
        ])
        { RedirectStandardOutput = true };
        start.Environment[FolderVariable] = folder;
        if (waits)
            start.Environment[WaitsVariable] = "yes";
        var child = Process.Start(start)!;
        child.OutputDataReceived += (_, _) => { };
        child.BeginOutputReadLine();
        return child;
    }

    /// <summary>Stands still after an epoch, however fast the machine is and however late the kill comes, so that no process reaches the end.</summary>
    private sealed class WaitToBeKilled(long epoch) : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            if (value is not RunEvent.EpochFinished { Point.Epoch: var done } || done < epoch)
                return;
            Thread.Sleep(Patience.Longest);
            throw new TimeoutException("nobody killed this process; the test that started it must be gone");
        }
    }
}
