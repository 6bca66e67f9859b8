using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Frugal.Cli.Commands;

namespace Frugal.Cli;

/// <summary>The command line from its words to its exit code.</summary>
internal static class CommandLine
{
    /// <summary>The commands there are.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Frugal trains, shrinks, grows and compares neural networks, and says what each method saves.")
        {
            CompareCommand.Create(),
            CompressCommand.Create(),
            RunCommand.Create(),
            ReproduceCommand.Create(),
            DataCommand.Create(),
            MethodsCommand.Create(),
            ModelsCommand.Create(),
            InspectCommand.Create(),
            ExportCommand.Create(),
            BenchCommand.Create(),
            GenerateCommand.Create(),
            VerifyCommand.Create(),
            SchemaCommand.Create(),
            DoctorCommand.Create(),
        };
        foreach (var option in SharedOptions.Create())
            root.Options.Add(option);
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new HelpScreen();
        return root;
    }

    /// <summary>Carries out a command line. Nothing is thrown: what goes wrong is printed, and the exit code says so.</summary>
    /// <param name="words">The words after <c>frugal</c>.</param>
    /// <param name="output">Where to write.</param>
    public static async Task<int> Run(IReadOnlyList<string> words, CommandOutput output)
    {
        var arguments = Create().Parse(words);
        if (arguments.Action is ParseErrorAction || ErrorScreen.MistakenOptions(arguments).Any())
        {
            if (words.Count > 0)
                return ErrorScreen.PrintUsage(arguments, output);
            HelpScreen.Print(arguments.CommandResult.Command, output.Console);
            return ExitCode.Usage;
        }
        try
        {
            var token = arguments.Action is AsynchronousCommandLineAction ? output.Interruption.Token : CancellationToken.None;
            int code = await arguments.InvokeAsync(output, token).ConfigureAwait(false);
            return output.Interruption.ExitCode ?? code;
        }
        catch (OperationCanceledException) when (output.Interruption.ExitCode is { } code)
        {
            return code;
        }
        catch (Exception e)
        {
            return ErrorScreen.Print(e, output, SharedOptions.IsVerbose(arguments));
        }
    }
}
