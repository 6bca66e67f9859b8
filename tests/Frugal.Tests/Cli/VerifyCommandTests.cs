using System.Text.Json;
using Frugal.Cli.Commands;
using Frugal.Interop;
using Frugal.Tests.Interop.Golden;
using Spectre.Console.Testing;

namespace Frugal.Tests.Cli;

public class VerifyCommandTests
{
    private static readonly GoldenWalker walker = new(typeof(DoublingCase).Assembly);

    private static (int Code, string Output) Run(TemporaryFolder folder, bool json = false, bool built = false, params string[] slugs)
    {
        using var console = new TestConsole();
        console.Profile.Width = 200;
        return (VerifyCommand.Run(walker, console, folder.Path, slugs, json, built), console.Output);
    }

    [Fact]
    public void Exit_code_is_0_only_if_every_case_passed()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(1, Run(folder).Code);
        GoldenFolder.Add(folder, "a");
        Assert.Equal(0, Run(folder).Code);
        GoldenFolder.Add(folder, "b", error: 1);
        Assert.Equal(1, Run(folder).Code);
    }

    [Fact]
    public void Methods_of_another_build_fail_unless_only_built_ones_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "a");
        GoldenFolder.Add(folder, "a", slug: "unheard-of");
        Assert.Equal(1, Run(folder).Code);
        Assert.Equal(0, Run(folder, built: true).Code);
        Assert.Equal(0, Run(folder, slugs: "doubling").Code);
        Assert.Equal(1, Run(folder, slugs: "unheard-of").Code);
        Assert.Equal(1, Run(folder, built: true, slugs: "unheard-of").Code);
    }

    [Fact]
    public void Cases_of_another_build_fail_unless_only_built_ones_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "a");
        GoldenFolder.Add(folder, DoublingCase.Lacking);
        var (code, output) = Run(folder);
        Assert.Equal(1, code);
        Assert.Contains("nothing that verifies 'lacking' of 'doubling'", output, StringComparison.Ordinal);
        Assert.Equal(0, Run(folder, built: true).Code);
        Assert.Equal(0, Run(folder, built: true, slugs: "doubling").Code);
    }

    [Fact]
    public void Json_has_exactly_the_agreed_properties()
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "a");
        GoldenFolder.Add(folder, "a", slug: "unheard-of");
        using var document = JsonDocument.Parse(Run(folder, json: true).Output);
        var rows = document.RootElement.EnumerateArray().ToArray();
        Assert.Equal(2, rows.Length);
        foreach (var row in rows)
            Assert.Equal(["slug", "case", "verdict", "maxAbs", "maxRel", "tolerance", "message"], row.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("doubling", "pass", 0.0), (rows[0].GetProperty("slug").GetString(), rows[0].GetProperty("verdict").GetString(), rows[0].GetProperty("maxAbs").GetDouble()));
        Assert.Equal("unbuildable", rows[1].GetProperty("verdict").GetString());
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("maxAbs").ValueKind);
    }

    [Fact]
    public void Table_shows_a_row_a_case_and_the_sum()
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "good");
        GoldenFolder.Add(folder, "bad", error: 1);
        var output = Run(folder).Output;
        Assert.Contains("1 of 2 cases passed, 1 failed, 0 could not be built.", output, StringComparison.Ordinal);
        Assert.Contains("y differs in 3 of 3 elements", output, StringComparison.Ordinal);
    }
}
