using System.Reflection;
using System.Text.RegularExpressions;

namespace Frugal.Tests.House;

/// <summary>Files hold one idea each and stay small.</summary>
public partial class CodeSizeTests(ITestOutputHelper output)
{
    private static IEnumerable<string> Sources => Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Path, "src"), "*.cs", SearchOption.AllDirectories)
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    [Fact]
    public void No_file_is_long()
    {
        var sizes = Sources.Select(path => (Lines: File.ReadLines(path).Count(), Path: Path.GetRelativePath(RepositoryFolder.Path, path))).OrderDescending().ToList();
        output.WriteLine(string.Join('\n', sizes.Take(10).Select(size => $"{size.Lines,5}  {size.Path}")));
        output.WriteLine($"{sizes.Count} files, median {sizes[sizes.Count / 2].Lines} lines, 90 % below {sizes[sizes.Count / 10].Lines}");
        Assert.All(sizes, size => Assert.True(size.Lines <= 500, $"{size.Path} has {size.Lines} lines"));
        Assert.InRange(sizes[sizes.Count / 2].Lines, 1, 80);
        Assert.InRange(sizes[sizes.Count / 10].Lines, 1, 250);
    }

    [Fact]
    public void A_file_has_one_public_type_and_its_name()
    {
        string[] wrong =
        [
            .. Sources.Select(path => (Path: path, Types: PublicType().Matches(File.ReadAllText(path)).Select(match => match.Groups["name"].Value).ToList()))
                .Where(file => file.Types.Count > 1 || (file.Types.Count == 1 && file.Types[0] != Path.GetFileNameWithoutExtension(file.Path)))
                .Select(file => $"{Path.GetRelativePath(RepositoryFolder.Path, file.Path)}: {string.Join(", ", file.Types)}"),
        ];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void No_name_says_nothing()
    {
        string[] empty = ["Helper", "Helpers", "Utils", "Util", "Utility", "Manager", "Service", "Common", "Misc"];
        Assert.DoesNotContain(Sources.Select(path => Path.GetFileNameWithoutExtension(path)), name => empty.Any(word => name.EndsWith(word, StringComparison.Ordinal)));
    }

    // At the margin: a type nested in another belongs to it.
    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|readonly|ref|partial|unsafe) )*(?:class|struct|record struct|record class|record|interface|enum|delegate [\w<>]+) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();
}
