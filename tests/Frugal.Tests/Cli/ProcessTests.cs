using Frugal.Tests.Native;

namespace Frugal.Tests.Cli;

/// <summary>The command line as a process of its own, as a shell starts it.</summary>
public class ProcessTests
{
    private static Task<ChildProcess> Frugal(string line, Dictionary<string, string?>? environment = null, string? folder = null) =>
        ChildProcess.Run(ChildProcess.DotNet, [ChildProcess.FrugalCli, .. line.Split(' ')], folder, environment);

    [Fact]
    public async Task Listing_methods_does_not_load_libtorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "asks glibc which libraries were loaded");
        using var folder = new TemporaryFolder();
        var run = await Frugal("methods train", new() { ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = Path.Combine(folder.Path, "loaded") });
        Assert.Equal(0, run.ExitCode);
        string loaded = string.Concat(Directory.GetFiles(folder.Path).Select(File.ReadAllText));
        Assert.Contains("libSystem.Native", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("libtorch", loaded, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Verifying_loads_libtorch_by_itself()
    {
        string folder = SharedFolder.Require("golden");
        var run = await ChildProcess.Run(ChildProcess.DotNet, [ChildProcess.FrugalCli, "verify", folder, "monarch"]);
        Assert.Contains("3 of 3 cases passed", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("methods train")]
    [InlineData("methods tran")]
    [InlineData("--help")]
    public async Task A_pipe_gets_no_colours_and_no_trailing_blanks(string line)
    {
        var run = await Frugal(line, new() { ["TERM"] = "xterm-256color", ["COLORTERM"] = "truecolor" });
        Assert.All((run.Output + run.Error).Split('\n'), text => Assert.True(text == text.TrimEnd() && !text.Contains('\u001b', StringComparison.Ordinal), text));
    }

    [Theory]
    [InlineData("LC_ALL", "C")]
    [InlineData("LC_ALL", "de_DE.ISO-8859-1")]
    public async Task A_locale_without_unicode_gets_plain_letters(string variable, string locale)
    {
        var run = await Frugal("doctor", new() { [variable] = locale });
        Assert.All(run.Output, letter => Assert.True(char.IsAscii(letter), run.Output));
        Assert.DoesNotContain('?', run.Output);
    }

    [Fact]
    public async Task A_narrow_terminal_is_told_by_COLUMNS()
    {
        var run = await Frugal("methods", new() { ["COLUMNS"] = "40" });
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 40, line));
    }

    [Fact]
    public async Task Works_from_a_folder_with_a_long_unicode_name_and_a_home_that_cannot_be_written()
    {
        using var folder = new TemporaryFolder();
        string deep = Directory.CreateDirectory(Path.Combine(folder.Path, "räts el " + new string('x', 190))).FullName;
        var run = await Frugal("methods train", new() { ["HOME"] = "/proc/nowhere" }, deep);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Another_library_is_taken_from_the_command_line_by_relative_path()
    {
        string library = typeof(ProcessTests).Assembly.Location;
        var run = await ChildProcess.Run(ChildProcess.DotNet, [ChildProcess.FrugalCli, "methods", "circle", "--assembly", Path.GetFileName(library)], Path.GetDirectoryName(library));
        Assert.StartsWith("circle (shape)", run.Output, StringComparison.Ordinal);
        var refused = await ChildProcess.Run(ChildProcess.DotNet, [ChildProcess.FrugalCli, "methods", "--assembly", "Frugal.Cli.runtimeconfig.json"], AppContext.BaseDirectory);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("is not a .NET library", refused.Error, StringComparison.Ordinal);
    }
}
