using System.CommandLine;
using System.Text;
using Spectre.Console;

namespace Frugal.Cli;

/// <summary>
/// Where a command writes to, and who may interrupt it: the process's own streams, or a test's consoles. A command finds it by <see cref="Of"/> and
/// uses no static console.
/// </summary>
internal sealed class CommandOutput : InvocationConfiguration
{
    /// <summary>Columns of a pipe or file; a terminal says itself how many it has.</summary>
    private const int WidthOfPipe = 120;

    /// <param name="console">Where results go.</param>
    /// <param name="errors">Where errors, warnings and progress go.</param>
    /// <param name="interruption">Who may interrupt; nobody when null.</param>
    public CommandOutput(IAnsiConsole console, IAnsiConsole errors, Interruption? interruption = null)
    {
        Console = console;
        Errors = errors;
        Interruption = interruption ?? new();
        Output = console.Profile.Out.Writer;
        Error = errors.Profile.Out.Writer;
        EnableDefaultExceptionHandler = false;
        ProcessTerminationTimeout = null;
    }

    /// <summary>Where results go: tables and text for people.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Where errors, warnings and progress go.</summary>
    public IAnsiConsole Errors { get; }

    /// <summary>Where results go that are read by programs: nothing is wrapped, cut or coloured.</summary>
    public TextWriter Text => Output;

    /// <summary>Ctrl-C and SIGTERM; ask for its token in a command that can end well in the middle.</summary>
    public Interruption Interruption { get; }

    /// <summary>The output of a command that is being carried out.</summary>
    public static CommandOutput Of(ParseResult arguments) => (CommandOutput)arguments.InvocationConfiguration;

    /// <summary>The output of this process. Colours, width and letters follow the terminal, <c>NO_COLOR</c>, <c>COLUMNS</c> and the locale.</summary>
    public static CommandOutput OfProcess(Interruption interruption) => new(
        Create(System.Console.Out, System.Console.IsOutputRedirected), Create(System.Console.Error, System.Console.IsErrorRedirected), interruption);

    private static IAnsiConsole Create(TextWriter writer, bool isRedirected)
    {
        bool isUnicode = IsUnicode();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(isUnicode ? writer : new PlainLetters(writer)),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        console.Profile.Capabilities.Unicode = isUnicode;
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out int columns) && columns > 0)
            console.Profile.Width = columns;
        else if (isRedirected)
            console.Profile.Width = WidthOfPipe;
        return console;
    }

    // .NET writes UTF-8 under the C locale, whose terminals show it as rubbish; where the locale is not set at all, as in a container, they mostly show it well.
    private static bool IsUnicode()
    {
        string? locale = new[] { "LC_ALL", "LC_CTYPE", "LANG" }.Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return System.Console.OutputEncoding.CodePage == Encoding.UTF8.CodePage && locale is not ("C" or "POSIX");
    }
}
