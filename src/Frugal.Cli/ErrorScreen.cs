using System.CommandLine;
using System.CommandLine.Parsing;
using Frugal.Catalogue;
using Spectre.Console;

namespace Frugal.Cli;

/// <summary>Prints what went wrong, one clear line a fault, on the error stream.</summary>
internal static class ErrorScreen
{
    /// <summary>Prints the error and returns the exit code that goes with it.</summary>
    public static int Print(Exception error, CommandOutput output, bool isVerbose)
    {
        bool isOurs = error is not FrugalException;
        Line(output, isOurs ? $"{error.GetType().Name}: {error.Message}" : error.Message);
        if (isOurs)
        {
            output.Error.WriteLine("This is a fault in Frugal, not in what you did. Please report it on the project's issue page with the command, ");
            output.Error.WriteLine(isVerbose ? "what is printed below, and what `frugal doctor` prints." : "what it prints with --verbose, and what `frugal doctor` prints.");
        }
        if (isVerbose)
            output.Error.WriteLine(error.ToString());
        return error is UsageException ? ExitCode.Usage : ExitCode.Failure;
    }

    /// <summary>Prints what is wrong with a command line and returns the exit code for that.</summary>
    public static int PrintUsage(ParseResult arguments, CommandOutput output)
    {
        var command = arguments.CommandResult.Command;
        string path = HelpScreen.PathOf(command);
        string[] unknown = [.. arguments.UnmatchedTokens, .. MistakenOptions(arguments)];
        foreach (string token in unknown)
            Line(output, Unknown(token, command, path));
        foreach (var error in arguments.Errors.Where(error => !unknown.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal))
                                                              && !(unknown.Length > 0 && error.SymbolResult?.Tokens.Count == 0)))
            Line(output, error.Message);
        output.Error.WriteLine($"`{path} --help` shows how it is used.");
        return ExitCode.Usage;
    }

    /// <summary>Words that look like options and were taken for arguments: an unknown option before `--` is never meant as a name.</summary>
    public static IEnumerable<string> MistakenOptions(ParseResult arguments) => arguments.Tokens.Any(token => token.Type == TokenType.DoubleDash)
        ? []
        : arguments.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)
            .Where(word => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]));

    private static string Unknown(string token, Command command, string path)
    {
        if (token.StartsWith('-'))
        {
            var known = command.Options.Concat(command is RootCommand ? [] : Recursive(command)).SelectMany(option => option.Aliases.Append(option.Name));
            return $"{path} has no option {token}{NearestName.Hint(token.Split('=')[0], known)}";
        }
        return command.Subcommands.Count > 0
            ? $"there is no command `{token}`{NearestName.Hint(token, command.Subcommands.Select(sub => sub.Name))}"
            : $"{path} does not take `{token}`";
    }

    private static IEnumerable<Option> Recursive(Command command)
    {
        for (var parent = command.Parents.OfType<Command>().FirstOrDefault(); parent is not null; parent = parent.Parents.OfType<Command>().FirstOrDefault())
            foreach (var option in parent.Options.Where(option => option.Recursive))
                yield return option;
    }

    // Written past the console's own line breaking: a terminal wraps by itself, and a log file or an editor wants the line whole.
    private static void Line(CommandOutput output, string text)
    {
        output.Errors.Write(new Text("error:", new Style(Color.Red)));
        output.Error.WriteLine(" " + text.Replace("\n", "\n       ", StringComparison.Ordinal));
    }
}
