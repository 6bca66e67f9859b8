using System.Runtime.Versioning;

namespace Frugal.Tests.Native;

/// <summary>
/// The script <c>frugal</c> in a small copy of the repository, with a <c>dotnet</c> in its path that notes how it was called,
/// "builds" by touching the program, and "runs" it by printing the arguments and returning 7, or by running the real program on request.
/// </summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
public sealed class LauncherTests : IDisposable
{
    private const string FakeDotNet =
        """
        #!/bin/bash
        echo "$1" >>"$CALLS"
        case $1 in
          --version) exit "${VERSION_RESULT:-0}" ;;
          --list-sdks) echo "8.0.100 [/sdk]" ;;
          build)
            sleep 0.3
            if [ -n "${BUILD_FAILS:-}" ]; then
              echo "Broken.cs(3,7): error CS1002: ; expected"
              exit 1
            fi
            mkdir -p "$2/bin/Release/net10.0" && touch "$2/bin/Release/net10.0/Frugal.Cli.dll" ;;
          *)
            shift
            [ -z "${REAL_PROGRAM:-}" ] || exec "$REAL_DOTNET" "$REAL_PROGRAM" "$@"
            printf '<%s>' "$@"
            exit 7 ;;
        esac
        """;

    private readonly TemporaryFolder folder = new();

    public LauncherTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the script is for bash; Windows has frugal.cmd");
        Directory.CreateDirectory(folder.File("repository/src/Frugal.Cli"));
        Directory.CreateDirectory(folder.File("repository/src/Frugal"));
        Directory.CreateDirectory(folder.File("path"));
        File.Copy(RepositoryFile("frugal"), folder.File("repository/frugal"));
        foreach (var name in new[] { "global.json", "Directory.Build.props", "Directory.Packages.props" })
            File.Copy(RepositoryFile(name), folder.File($"repository/{name}"));
        File.WriteAllText(Source, "class Network;");
        File.WriteAllText(folder.File("path/dotnet"), FakeDotNet);
        File.SetUnixFileMode(folder.File("path/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private string Source => folder.File("repository/src/Frugal/Network.cs");

    private int Builds => File.ReadAllLines(folder.File("calls")).Count(call => call == "build");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Builds_once_and_says_so_in_one_line_on_the_error_stream()
    {
        var first = await Run();
        Assert.Equal("Building Frugal (first run only) ...\n", first.Error);
        var second = await Run();
        Assert.Equal("", second.Error);
        Assert.Equal(1, Builds);
    }

    [Fact]
    public async Task Hands_on_arguments_and_exit_code()
    {
        var run = await Run("run", "my recipe.yaml", "--set", "a='b c'", "");
        Assert.Equal("<run><my recipe.yaml><--set><a='b c'><>", run.Output);
        Assert.Equal(7, run.ExitCode);
    }

    [Fact]
    public async Task Builds_again_when_a_source_was_edited()
    {
        await Run();
        File.SetLastWriteTimeUtc(Source, DateTime.UtcNow.AddSeconds(5));
        Assert.Equal("Building Frugal (sources have changed) ...\n", (await Run()).Error);
        Assert.Equal(2, Builds);
    }

    [Fact]
    public async Task Builds_again_when_a_source_was_removed()
    {
        await Run();
        await Task.Delay(20, TestContext.Current.CancellationToken);
        File.Delete(Source);
        await Run();
        Assert.Equal(2, Builds);
    }

    [Theory]
    [InlineData("study.yaml", 2)]
    [InlineData("README.md", 1)]
    public async Task Of_a_paper_the_study_is_built_in_and_the_page_is_not(string name, int builds)
    {
        var paper = Directory.CreateDirectory(folder.File("repository/papers/monarch")).FullName;
        File.WriteAllText(Path.Combine(paper, name), "");
        await Run();
        File.SetLastWriteTimeUtc(Path.Combine(paper, name), DateTime.UtcNow.AddSeconds(5));
        await Run();
        Assert.Equal(builds, Builds);
    }

    [Fact]
    public async Task Does_not_mind_what_other_builds_leave_in_their_own_folders()
    {
        await Run();
        await Task.Delay(20, TestContext.Current.CancellationToken);
        File.WriteAllText(folder.File("repository/src/Frugal/obj/Network.g.cs"), "");
        await Run();
        Assert.Equal(1, Builds);
    }

    [Fact]
    public async Task Several_first_starts_at_once_build_once()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Run("x")));
        Assert.All(runs, run => Assert.Equal("<x>", run.Output));
        Assert.Equal(1, Builds);
    }

    [Fact]
    public async Task A_failed_build_shows_the_compiler_s_words_and_is_tried_again()
    {
        var run = await Run([], ("BUILD_FAILS", "1"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Broken.cs(3,7): error CS1002: ; expected", run.Error);
        Assert.Contains("frugal: the build failed", run.Error);
        Assert.Equal(7, (await Run()).ExitCode);
    }

    [Fact]
    public async Task An_SDK_that_is_too_old_is_named_with_the_one_that_is_needed()
    {
        var run = await Run([], ("VERSION_RESULT", "1"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("10.0.100 or later of .NET 10", run.Error);
        Assert.Contains("Installed: 8.0.100", run.Error);
        Assert.Contains("Install the .NET 10 SDK", run.Error);
    }

    [Fact]
    public async Task Without_dotnet_it_says_where_to_get_it()
    {
        File.Delete(folder.File("path/dotnet"));
        foreach (var tool in new[] { "bash", "dirname" })
            File.CreateSymbolicLink(folder.File($"path/{tool}"), new[] { "/usr/bin", "/bin" }.Select(place => $"{place}/{tool}").First(File.Exists));
        var run = await Run([], ("PATH", folder.File("path")));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("dotnet was not found", run.Error);
        Assert.Contains("Install the .NET 10 SDK", run.Error);
    }

    [Fact]
    public async Task Doctor_answers_from_another_folder_and_through_a_link()
    {
        Directory.CreateDirectory(folder.File("elsewhere/deep"));
        File.CreateSymbolicLink(folder.File("elsewhere/link"), "../repository/frugal");
        File.CreateSymbolicLink(folder.File("elsewhere/deep/frugal"), "../link");
        var doctor = await ChildProcess.Run(folder.File("elsewhere/deep/frugal"), ["doctor"], folder.File("elsewhere"), Environment(
            ("REAL_PROGRAM", ChildProcess.FrugalCli), ("REAL_DOTNET", ChildProcess.DotNet)));
        Assert.True(doctor.ExitCode == 0, doctor.Error + doctor.Output);
        Assert.Contains("Flush to zero", doctor.Output);
    }

    private Task<ChildProcess> Run(params string[] arguments) => Run(arguments, []);

    private Task<ChildProcess> Run(string[] arguments, params (string, string)[] variables) =>
        ChildProcess.Run(folder.File("repository/frugal"), arguments, folder.Path, Environment(variables));

    private Dictionary<string, string?> Environment(params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string?>
        {
            ["PATH"] = $"{folder.File("path")}:/usr/bin:/bin",
            ["CALLS"] = folder.File("calls"),
            ["DOTNET_ROOT"] = null,
            ["HOME"] = folder.Path,
        };
        foreach (var (name, value) in variables)
            environment[name] = value;
        return environment;
    }

    private static string RepositoryFile(string name) => Path.Combine(RepositoryFolder.Path, name);
}
