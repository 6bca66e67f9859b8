using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Frugal.Tests.Native;

/// <summary>Runs a program to its end and keeps what it wrote.</summary>
internal sealed record ChildProcess(int ExitCode, string Output, string Error)
{
    /// <summary>The command line program that was built beside the tests.</summary>
    public static string FrugalCli => Path.Combine(AppContext.BaseDirectory, "Frugal.Cli.dll");

    /// <summary>Environment entries with a null value are removed.</summary>
    public static async Task<ChildProcess> Run(
        string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        using var process = Start(program, arguments, folder, environment);
        using var deadline = new CancellationTokenSource(Patience.Longest);
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var error = process.StandardError.ReadToEndAsync(deadline.Token);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Starts a program that the caller watches; what it writes must be read.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
        };
        // Threads of two processes that wait for one another by spinning make both many times slower.
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>The host beside the runtime of these tests, three folders above it, so that a child runs on the same one.</summary>
    public static string DotNet { get; } = Path.GetFullPath(Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
}
