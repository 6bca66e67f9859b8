using System.Reflection;
using System.Text.RegularExpressions;

namespace Frugal.Tests;

/// <summary>The page docs/how-we-test.md says which numbered reliability tests exist; it may claim neither more nor less than the code.</summary>
public partial class HowWeTestTests
{
    private const string TraitName = "Reliability";

    [Fact]
    public void Page_lists_exactly_the_tests_that_carry_a_number()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryFolder.Path, "docs", "how-we-test.md"));
        var claimed = Row().Matches(page).Select(row => (row.Groups["number"].Value, row.Groups["type"].Value)).Order();
        Assert.Equal(Marked().Distinct().Order(), claimed);
    }

    private static IEnumerable<(string Number, string Class)> Marked() =>
        from type in typeof(HowWeTestTests).Assembly.GetTypes()
        from member in type.GetMethods(BindingFlags.Public | BindingFlags.Instance).Append<MemberInfo>(type)
        from trait in member.GetCustomAttributes<TraitAttribute>(inherit: false)
        where trait.Name == TraitName
        select (trait.Value, type.FullName![(typeof(HowWeTestTests).Namespace!.Length + 1)..].Replace('+', '.'));

    [GeneratedRegex(@"^\| (?<number>T\d+) \|[^|]*\| `(?<type>[\w.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
