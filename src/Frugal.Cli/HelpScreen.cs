using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Spectre.Console;

namespace Frugal.Cli;

/// <summary>Prints what a command does, how it is called, and examples.</summary>
internal sealed class HelpScreen : SynchronousCommandLineAction
{
    /// <summary>Examples of the root command.</summary>
    private static readonly Example[] start =
    [
        new("frugal compare", "Compare methods on generated digits; nothing to download."),
        new("frugal methods gradual-pruning", "Everything about one method."),
        new("frugal run my-recipe.yaml", "Train and shrink a model as a recipe says."),
    ];

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Print(parseResult.CommandResult.Command, CommandOutput.Of(parseResult).Console);
        return ExitCode.Success;
    }

    /// <summary>Prints the help of a command.</summary>
    public static void Print(Command command, IAnsiConsole console)
    {
        var screen = new ScreenText(console);
        screen.Paragraph(command.Description ?? "");
        screen.Heading("Usage");
        screen.Verbatim(Usage(command), 2);
        Section(screen, "Arguments", command.Arguments.Select(argument => (argument.Name, argument.Description ?? "")));
        Section(screen, "Commands", command.Subcommands.Where(sub => !sub.Hidden).OrderBy(sub => sub.Name, StringComparer.Ordinal).Select(sub => (sub.Name, FirstSentence.Of(sub.Description ?? ""))));
        Section(screen, "Options", command.Options.Where(option => !option.Recursive && !option.Hidden).Select(Describe));
        Section(screen, "Options of every command", Root(command).Options.Where(option => option.Recursive).Select(Describe));
        var examples = command is FrugalCommand ours ? ours.Examples : command is RootCommand ? start : [];
        if (examples.Count > 0)
            screen.Heading("Examples");
        foreach (var example in examples)
        {
            screen.Verbatim(example.Line, 2);
            screen.Paragraph(example.What, 6);
        }
        if (command is RootCommand)
            Section(screen, "Exit codes", ExitCode.Meanings.Select(meaning => (meaning.Code.ToString(), meaning.Meaning)));
    }

    private static void Section(ScreenText screen, string title, IEnumerable<(string Term, string Meaning)> rows)
    {
        var listed = rows.ToList();
        if (listed.Count == 0)
            return;
        screen.Heading(title);
        screen.Terms(listed);
    }

    private static string Usage(Command command)
    {
        var words = new List<string> { PathOf(command) };
        if (command.Subcommands.Count > 0)
            words.Add("COMMAND");
        foreach (var argument in command.Arguments)
        {
            string name = argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name} ..." : argument.Name;
            words.Add(argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name);
        }
        words.Add("[options]");
        return string.Join(' ', words);
    }

    /// <summary>The words that call a command: <c>frugal data get</c>.</summary>
    public static string PathOf(Command command) =>
        command is RootCommand || command.Parents.OfType<Command>().FirstOrDefault() is not { } parent ? "frugal" : $"{PathOf(parent)} {command.Name}";

    private static (string, string) Describe(Option option)
    {
        string names = string.Join(", ", option.Aliases.Where(alias => !alias.StartsWith('/') && alias != "-?").Append(option.Name).OrderBy(name => name.Length));
        string value = option.ValueType == typeof(bool) || option is HelpOption or VersionOption ? "" : $" {option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant()}";
        string usual = option is { HasDefaultValue: true, ValueType: var type } && type != typeof(bool) && option.GetDefaultValue() is { } given and not System.Collections.ICollection
            ? $" Default {given}."
            : "";
        return (names + value, option.Description + usual);
    }

    private static Command Root(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Root(parent) : command;
}
