namespace Frugal.Cli;

/// <summary>What the process tells its caller; printed by <c>frugal --help</c>.</summary>
internal static class ExitCode
{
    /// <summary>Done, and whatever was checked holds.</summary>
    public const int Success = 0;

    /// <summary>Something went wrong, or a check failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line asks for something that there is not.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by Ctrl-C (128 + SIGINT).</summary>
    public const int Interrupted = 130;

    /// <summary>Stopped by SIGTERM (128 + SIGTERM).</summary>
    public const int Terminated = 143;

    /// <summary>Code and meaning, for the help screen.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> Meanings { get; } =
    [
        (Success, "done, and whatever was checked holds"),
        (Failure, "something went wrong, or a check failed"),
        (Usage, "the command line asks for something that there is not"),
        (Interrupted, "stopped by Ctrl-C"),
        (Terminated, "stopped by SIGTERM"),
    ];
}
