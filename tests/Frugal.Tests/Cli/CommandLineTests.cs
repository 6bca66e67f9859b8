using System.CommandLine;
using Frugal.Cli;

namespace Frugal.Tests.Cli;

public class CommandLineTests
{
    /// <summary>Every command there is, with those below it: <c>data</c>, <c>data get</c>.</summary>
    public static IEnumerable<TheoryDataRow<string>> Commands => All(CommandLine.Create()).Select(command => new TheoryDataRow<string>(HelpScreen.PathOf(command)));

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);

    private static string[] WordsOf(string path) => path.Split(' ')[1..];

    public class Help
    {
        [Theory]
        [MemberData(nameof(Commands), MemberType = typeof(CommandLineTests))]
        public void Of_every_command_shows_an_example_that_calls_it(string path)
        {
            var run = CliRun.Of([.. WordsOf(path), "--help"]);
            Assert.Equal(0, run.ExitCode);
            Assert.Empty(run.Errors);
            Assert.Contains($"\n  {path} ", run.Output[run.Output.IndexOf("\nExamples\n", StringComparison.Ordinal)..].Replace("\n\n", " \n", StringComparison.Ordinal) + " ", StringComparison.Ordinal);
        }

        [Theory]
        [MemberData(nameof(Commands), MemberType = typeof(CommandLineTests))]
        public void Of_every_command_is_approved(string path) => Approved.Verify($"help {path}", CliRun.Of([.. WordsOf(path), "--help"]).Output);

        [Fact]
        public void Fits_forty_columns()
        {
            var run = CliRun.OfWidth(40, "doctor", "--help");
            Approved.Verify("help frugal doctor, 40 columns", run.Output);
            Assert.All(run.Output[..run.Output.IndexOf("Examples", StringComparison.Ordinal)].Split('\n'), line => Assert.True(line.Length <= 40, line));
        }

        [Fact]
        public void Is_what_a_bare_call_gets_with_the_exit_code_of_a_usage_error()
        {
            var run = CliRun.Of();
            Assert.Equal(2, run.ExitCode);
            Assert.Equal(CliRun.Of("--help").Output, run.Output);
        }
    }

    public class Mistakes
    {
        [Theory]
        [InlineData("metods", "error: there is no command `metods`; did you mean `methods`?\n`frugal --help` shows how it is used.\n")]
        [InlineData("doctor --jsn", "error: frugal doctor has no option --jsn; did you mean `--json`?\n`frugal doctor --help` shows how it is used.\n")]
        [InlineData("doctor --verbos", "error: frugal doctor has no option --verbos; did you mean `--verbose`?\n`frugal doctor --help` shows how it is used.\n")]
        [InlineData("doctor more", "error: frugal doctor does not take `more`\n`frugal doctor --help` shows how it is used.\n")]
        [InlineData("methods --markdwn", "error: frugal methods has no option --markdwn; did you mean `--markdown`?\n`frugal methods --help` shows how it is used.\n")]
        [InlineData("methods tran", "error: there is nothing called `tran`; did you mean `train`?\n")]
        [InlineData("methods xylophone", "error: there is nothing called `xylophone`; `frugal methods` lists everything\n")]
        [InlineData("methods --assembly nowhere.dll", "error: --assembly nowhere.dll: there is no such file")]
        public void End_in_one_clear_line_and_exit_code_2(string line, string expected)
        {
            var run = CliRun.Of(line.Split(' '));
            Assert.Equal(2, run.ExitCode);
            Assert.StartsWith(expected, run.Errors, StringComparison.Ordinal);
            Assert.Empty(run.Output);
        }

        [Theory]
        [MemberData(nameof(Commands), MemberType = typeof(CommandLineTests))]
        public void In_an_option_of_any_command_suggest_the_nearest(string path)
        {
            var run = CliRun.Of([.. WordsOf(path), "--verbsoe"]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("no option --verbsoe; did you mean `--verbose`?", run.Errors, StringComparison.Ordinal);
        }
    }

    public class Failures
    {
        private static (int Code, string Errors) Print(Exception error, bool isVerbose)
        {
            var errors = new Spectre.Console.Testing.TestConsole();
            return (ErrorScreen.Print(error, new CommandOutput(new Spectre.Console.Testing.TestConsole(), errors), isVerbose), errors.Output);
        }

        private static Exception Thrown(Exception error)
        {
            try
            {
                throw error;
            }
            catch (Exception e)
            {
                return e;
            }
        }

        [Fact]
        public void That_a_person_can_mend_are_one_line_without_a_stack()
        {
            var (code, errors) = Print(Thrown(new FrugalException("digits.bin is broken;\nremove it")), isVerbose: false);
            Assert.Equal(1, code);
            Assert.Equal("error: digits.bin is broken;\n       remove it\n", errors);
        }

        [Fact]
        public void That_are_ours_say_so_and_how_to_report_them()
        {
            var (code, errors) = Print(Thrown(new InvalidOperationException("sequence has no elements")), isVerbose: false);
            Assert.Equal(1, code);
            Assert.Contains("a fault in Frugal, not in what you did. Please report it", errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        }

        [Fact]
        public void Show_their_stack_when_asked_to() => Assert.Contains("at Frugal.Tests.Cli", Print(Thrown(new FrugalException("x")), isVerbose: true).Errors, StringComparison.Ordinal);
    }

    public class Devices
    {
        private static string DeviceOf(string device) => SharedOptions.DeviceOf(CommandLine.Create().Parse(["doctor", "--device", device]));

        [Theory]
        [InlineData("cpu")]
        [InlineData("cuda:3")]
        public void Are_taken_as_libtorch_names_them(string device) => Assert.Equal(device, DeviceOf(device));

        [Theory]
        [InlineData("gpu")]
        [InlineData("cuda:x")]
        [InlineData("cuda:-1")]
        [InlineData("cpu:0:0")]
        public void Are_refused_when_there_are_none_such(string device) => Assert.Throws<UsageException>(() => DeviceOf(device));
    }

    [Theory]
    [InlineData("5 → 3 ± 1 ≤ 7…", "5 -> 3 +/- 1 <= 7...")]
    [InlineData("plain", "plain")]
    [InlineData("😀", "?")]
    public void Letters_are_plain_where_the_terminal_has_no_others(string text, string expected) => Assert.Equal(expected, PlainLetters.Plain(text));
}
