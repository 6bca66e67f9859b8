using System.Diagnostics;
using System.Globalization;
using Frugal.Interop;
using Frugal.Tests.Native;

namespace Frugal.Tests.Interop.Checkpoints;

/// <summary>Checkpoints saved by other processes: several at once, and one that is killed.</summary>
public class CheckpointProcessTests
{
    private const string RootVariable = "FRUGAL_TEST_CHECKPOINT_ROOT", RoundsVariable = "FRUGAL_TEST_CHECKPOINT_ROUNDS";
    private const int PartBytes = 20_000;

    /// <summary>What the child processes run. Each file's content follows from the step, so that a mixture of two saves is seen.</summary>
    [Fact(Explicit = true)]
    public void Child_saves()
    {
        var root = Environment.GetEnvironmentVariable(RootVariable)!;
        var rounds = int.Parse(Environment.GetEnvironmentVariable(RoundsVariable)!, CultureInfo.InvariantCulture);
        var first = CheckpointFolder.LatestComplete(root).Latest?.Step + 1 ?? 0;
        for (var step = first; step < first + rounds; step++)
            CheckpointFolder.Save(root, step, folder =>
            {
                foreach (var name in new[] { "model.bin", "optimizer.bin" })
                    File.WriteAllBytes(Path.Combine(folder, name), Content(step));
            });
    }

    /// <summary>T10.</summary>
    [Fact]
    [Trait("Reliability", "T10")]
    public void Two_processes_saving_under_one_root_lose_nothing()
    {
        using var root = new TemporaryFolder();
        using var one = StartChild(root, rounds: 100);
        using var other = StartChild(root, rounds: 100);
        while (!one.HasExited || !other.HasExited)
        {
            Check(CheckpointFolder.LatestComplete(root.Path).Latest);
            Thread.Sleep(50);
        }
        Assert.Equal((0, 0), (one.ExitCode, other.ExitCode));
        var found = CheckpointFolder.LatestComplete(root.Path);
        Check(found.Latest);
        Assert.Empty(found.Ignored);
        Assert.Equal(200, found.Latest!.Sequence);
        Assert.Equal(3, root.Names().Length); // two checkpoints and the lock
    }

    /// <summary>T4 for the files: kill -9 at random moments while saving. The training loop's own test builds on it.</summary>
    [Fact]
    public void A_killed_process_leaves_a_whole_checkpoint()
    {
        using var root = new TemporaryFolder();
        CheckpointFolder.Save(root.Path, 0, folder => File.WriteAllBytes(Path.Combine(folder, "model.bin"), Content(0)));
        var random = new Random(4);
        long last = 0;
        for (var kill = 0; kill < 5; kill++)
        {
            using var child = StartChild(root, rounds: 1_000_000);
            var reached = WaitForStepAbove(root, last);
            Thread.Sleep(random.Next(60));
            child.Kill();
            child.WaitForExit();
            var latest = CheckpointFolder.LatestComplete(root.Path).Latest;
            Check(latest);
            Assert.InRange(latest!.Step, reached, long.MaxValue);
            last = latest.Step;
        }
    }

    private static long WaitForStepAbove(TemporaryFolder root, long step)
    {
        long reached = step;
        Patience.Until(() => (reached = CheckpointFolder.LatestComplete(root.Path).Latest?.Step ?? step) > step, "the child saves");
        return reached;
    }

    private static byte[] Content(long step)
    {
        var content = new byte[PartBytes];
        Array.Fill(content, (byte)(step % 251));
        return content;
    }

    private static void Check(CheckpointFolder? checkpoint)
    {
        if (checkpoint is null)
            return;
        foreach (var file in checkpoint.Files)
            Assert.Equal((byte)(checkpoint.Step % 251), TryRead(checkpoint.File(file.Name))?[^1] ?? (byte)(checkpoint.Step % 251));
    }

    /// <summary>Null where a newer save has removed the file since it was found.</summary>
    private static byte[]? TryRead(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static Process StartChild(TemporaryFolder root, int rounds)
    {
        var start = new ProcessStartInfo(ChildProcess.DotNet,
        [
            "exec", typeof(CheckpointProcessTests).Assembly.Location, "-method", $"{typeof(CheckpointProcessTests).FullName}.{nameof(Child_saves)}", "-explicit", "only",
        ])
        { RedirectStandardOutput = true };
        start.Environment[RootVariable] = root.Path;
        start.Environment[RoundsVariable] = rounds.ToString(CultureInfo.InvariantCulture);
        var child = Process.Start(start)!;
        child.OutputDataReceived += (_, _) => { };
        child.BeginOutputReadLine();
        return child;
    }
}
