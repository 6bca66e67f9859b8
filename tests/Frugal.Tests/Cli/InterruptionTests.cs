using System.Runtime.InteropServices;
using Frugal.Tests.Native;

namespace Frugal.Tests.Cli;

/// <summary>T5: a person or a scheduler stops a run, and the same command goes on.</summary>
public partial class InterruptionTests
{
    private const int Interrupt = 2, Terminate = 15;

    // Long enough to be stopped in the middle; the second start goes on from there, so the whole is trained once.
    private const string Recipe = """
        data: { digits: { train: 512, test: 64 } }
        model: { mlp: { hidden-sizes: [16] } }
        steps:
          - train: { updates: 2000, batch-size: 32, checkpoint-every: 100ba }
        """;

    [Theory]
    [Trait("Reliability", "T5")]
    [InlineData(Interrupt, 130)]
    [InlineData(Terminate, 143)]
    public async Task A_signal_ends_a_run_with_a_checkpoint_from_which_the_same_command_goes_on(int signal, int exitCode)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows has no such signals.");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("recipe.yaml"), Recipe);
        string[] command = [ChildProcess.FrugalCli, "run", "recipe.yaml", "--out", "out"];
        // A shell that starts a job in the background has it ignore Ctrl-C, and so would all that the job starts.
        using var process = OperatingSystem.IsLinux()
            ? ChildProcess.Start("env", ["--default-signal=INT,TERM", ChildProcess.DotNet, .. command], folder.Path)
            : ChildProcess.Start(ChildProcess.DotNet, command, folder.Path);
        using var deadline = new CancellationTokenSource(Patience.Longest);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
        while (!Directory.EnumerateDirectories(folder.Path, "step-*00", SearchOption.AllDirectories).Any())
        {
            Assert.False(process.HasExited, process.HasExited ? await output + await error : "");
            await Task.Delay(20, deadline.Token);
        }
        Assert.Equal(0, Kill(process.Id, signal));
        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal(exitCode, process.ExitCode);
        Assert.Contains("the same command goes on from there", await error, StringComparison.Ordinal);

        var second = await ChildProcess.Run(ChildProcess.DotNet, command, folder.Path);
        Assert.Equal(0, second.ExitCode);
        Assert.Matches("Training goes on from update [1-9][0-9]* of 2000", second.Output + second.Error);
    }

    // At once: starting a program for it takes so long on a busy machine that the run might end before.
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
