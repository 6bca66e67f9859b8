using Frugal.Interop;

namespace Frugal.Tests.Interop.Golden;

public class GoldenWalkerTests
{
    private static readonly GoldenWalker walker = new(typeof(DoublingCase).Assembly);

    private static GoldenResult Only(TemporaryFolder folder, params string[] slugs) => Assert.Single(walker.Walk(folder.Path, slugs));

    [Fact]
    public void Right_results_pass()
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "exact");
        Assert.Equal(new GoldenResult("doubling", "exact", GoldenVerdict.Pass, 0, 0, 0, "2 results agree"), Only(folder) with { Tolerance = 0 });
    }

    [Fact]
    public void Wrong_results_fail_with_measure_and_place()
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "off", error: 0.5);
        var result = Only(folder);
        Assert.Equal(GoldenVerdict.Fail, result.Verdict);
        Assert.Equal(0.5, result.MaxAbs);
        Assert.Equal(0.5 / 24.5, result.MaxRel!.Value, 6);
        Assert.Equal(2e-5, result.Tolerance);
        Assert.StartsWith("y differs in 3 of 3 elements", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tolerance_of_the_method_counts()
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "loose", error: 0.5);
        Assert.Equal((GoldenVerdict.Pass, 0.5), (Only(folder).Verdict, Only(folder).Tolerance));
    }

    [Theory]
    [InlineData("""{"scale":2,"behaviour":"forget"}""", GoldenVerdict.Fail, "not computed: count, y")]
    [InlineData("""{"scale":2,"behaviour":"crash"}""", GoldenVerdict.Fail, "InvalidOperationException: a fault of ours")]
    [InlineData("""{"scale":2,"behaviour":"refuse"}""", GoldenVerdict.Unbuildable, "no such variant")]
    [InlineData("""{"skale":2}""", GoldenVerdict.Unbuildable, "has no key 'scale'; it has 'skale'")]
    [InlineData("""{"scale":"2"}""", GoldenVerdict.Unbuildable, "must be a number")]
    [InlineData("""{"scale":1e999}""", GoldenVerdict.Unbuildable, "must be a number")]
    [InlineData("[]", GoldenVerdict.Fail, "must be a JSON object")]
    [InlineData("{", GoldenVerdict.Fail, "not valid JSON")]
    [InlineData("""{"scale":2,"scale":3}""", GoldenVerdict.Fail, "not valid JSON")]
    public void Every_way_to_fail_is_a_row(string config, GoldenVerdict verdict, string says)
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "case", config);
        var result = Only(folder);
        Assert.Equal(verdict, result.Verdict);
        Assert.Contains(says, result.Message, StringComparison.Ordinal);
        Assert.Null(result.MaxAbs);
    }

    [Fact]
    public void A_method_that_is_not_there_is_unbuildable()
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "case", slug: "unheard-of");
        Assert.Equal(GoldenVerdict.Unbuildable, Only(folder).Verdict);
        Assert.Equal(GoldenVerdict.Unbuildable, Only(folder, "unheard-of").Verdict);
    }

    [Fact]
    public void A_broken_file_does_not_stop_the_walk()
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "a");
        GoldenFolder.Add(folder, "c");
        File.WriteAllText(Path.Combine(folder.File("doubling"), "b.safetensors"), "hello, this is no tensor");
        var results = walker.Walk(folder.Path).ToArray();
        Assert.Equal(["a", "b", "c"], results.Select(result => result.Case));
        Assert.Equal([GoldenVerdict.Pass, GoldenVerdict.Fail, GoldenVerdict.Pass], results.Select(result => result.Verdict));
    }

    [Theory]
    [InlineData("missing", "there is no folder")]
    [InlineData("empty", "holds no *.safetensors files")]
    [InlineData("..", "one plain folder name")]
    public void A_slug_without_cases_fails(string slug, string says)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("empty"));
        var result = Only(folder, slug);
        Assert.Equal(GoldenVerdict.Fail, result.Verdict);
        Assert.Contains(says, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_is_an_error()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("no such folder", Assert.Throws<FrugalException>(() => walker.Walk(folder.File("no"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaves_no_tensor_behind()
    {
        using var folder = new TemporaryFolder();
        GoldenFolder.Add(folder, "case");
        using var scope = TorchSharp.torch.NewDisposeScope();
        Only(folder);
        Assert.Equal(0, scope.DisposablesCount);
    }
}
