using System.Runtime.InteropServices;

namespace Frugal.Cli;

/// <summary>
/// Ctrl-C and SIGTERM. A command that asks for <see cref="Token"/> is told once and given the time to end well, with a last checkpoint; a second
/// signal, or the first to a command that never asked, ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private volatile bool isHeeded;
    private volatile int exitCode;

    /// <summary>Begins to listen.</summary>
    public static Interruption Listen()
    {
        var interruption = new Interruption();
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
            interruption.registrations.Add(PosixSignalRegistration.Create(signal, interruption.Raise));
        return interruption;
    }

    /// <summary>Cancelled by the first signal. To ask for it is to promise to heed it.</summary>
    public CancellationToken Token
    {
        get
        {
            isHeeded = true;
            return source.Token;
        }
    }

    /// <summary>The exit code that the signal asks for, or null when there was none.</summary>
    public int? ExitCode => exitCode == 0 ? null : exitCode;

    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        source.Dispose();
    }

    private void Raise(PosixSignalContext context)
    {
        if (!isHeeded || exitCode != 0)
            return;
        exitCode = context.Signal == PosixSignal.SIGINT ? Cli.ExitCode.Interrupted : Cli.ExitCode.Terminated;
        context.Cancel = true;
        source.Cancel();
    }
}
