using Frugal.Catalogue;
using Frugal.Cli.Commands.Methods;

namespace Frugal.Tests.Cli;

public class MethodsCommandTests
{
    private static readonly string self = typeof(MethodsCommandTests).Assembly.Location;

    public static IEnumerable<TheoryDataRow<string>> Entries => CatalogueIndex.Default.Entries.Select(entry => entry.Name).Distinct().Select(name => new TheoryDataRow<string>(name));

    [Fact]
    public void Lists_every_entry_by_kind()
    {
        var run = CliRun.Of("methods");
        Assert.Equal(0, run.ExitCode);
        Assert.All(CatalogueIndex.Default.Entries, entry => Assert.Contains($"\n  {entry.Name} ", run.Output, StringComparison.Ordinal));
        Assert.All(CatalogueIndex.Default.Kinds, kind => Assert.Contains($"\n{kind.Plural}\n", run.Output, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void Shows_everything_about_an_entry(string name)
    {
        var run = CliRun.Of("methods", name);
        Assert.Equal(0, run.ExitCode);
        foreach (var entry in CatalogueIndex.Default.Entries.Where(entry => entry.Name == name))
        {
            Assert.Contains($"{entry.Name} ({entry.Kind.Name})", run.Output, StringComparison.Ordinal);
            Assert.All(entry.Options, option => Assert.Contains($"\n  {option.Name}", run.Output, StringComparison.Ordinal));
            Assert.All(entry.Unsupported, unsupported => Assert.Contains($"No {unsupported.Check}: ", run.Output, StringComparison.Ordinal));
            Assert.Contains(EntrySample.CSharp(entry), run.Output, StringComparison.Ordinal);
        }
        Assert.All(CliRun.OfWidth(40, "methods", name).Output.Split('\n').TakeWhile(line => line != "In a recipe" && line != "In C#"),
            line => Assert.True(line.Length <= 40 || !line.Trim().Contains(' ', StringComparison.Ordinal), line));
    }

    [Fact]
    public void Shows_the_page_of_an_entry_from_another_assembly()
    {
        Approved.Verify("methods circle", CliRun.Of("methods", "circle", "--assembly", self).Output);
        Approved.Verify("methods line, 40 columns", CliRun.OfWidth(40, "methods", "line", "--assembly", self).Output);
    }

    [Theory]
    [InlineData("capabilities.md", "methods --markdown")]
    [InlineData("recipe.schema.json", "schema")]
    public void A_page_made_from_the_code_says_what_the_code_does(string page, string command)
    {
        string committed = Path.Combine(RepositoryFolder.Path, "docs", page);
        Assert.True(File.ReadAllText(committed) == CliRun.Of(command.Split(' ')).Output, $"docs/{page} is out of date: run ./frugal {command} > docs/{page}");
    }
}
