using Frugal.Catalogue;
using Frugal.Catalogue.Documents;
using Frugal.Recipes;
using Frugal.Studies;
using Frugal.Studies.Reports;
using Frugal.Studies.Results;

namespace Frugal.Tests.Studies;

/// <summary>The comparison of all compression methods, as it is and cut very short.</summary>
public class CompressionStudyTests
{
    private static Study Read(params string[] overrides) =>
        StudyFile.Read(YamlReader.ReadFile(Path.Combine(RepositoryFolder.Path, "studies", "compression.yaml")), "compression", CatalogueIndex.Default, overrides);

    private static string FamilyOf(string arm) => arm[..arm.LastIndexOf('-')];

    [Fact]
    public void Every_method_stands_at_three_budgets_for_the_same_updates()
    {
        var study = Read();
        var families = study.Arms.Keys.Where(arm => arm is not ("r-dense" or "r-int8" or "v-dense" or "v-int8")).GroupBy(FamilyOf).ToList();
        Assert.All(families, family => Assert.Equal(3, family.Count()));
        Assert.True(families.Count(family => family.Key[0] == 'r') >= 7);
        Assert.True(families.Count(family => family.Key[0] == 'v') >= 10);
        var trained = study.Arms.Where(arm => arm.Key.Contains("dense", StringComparison.Ordinal) is false && arm.Value.Steps.Any(step => step is Frugal.Training.Train or Frugal.Compression.Pela)).Select(arm => arm.Key);
        Assert.Equal(trained.Order(), Assert.Single(study.EqualBudgets).Arms.Order());
    }

    // The others differ from these by a budget, or by steps that the catalogue-wide tests run.
    private static readonly string[] representatives = ["r-dense", "r-channels-25", "r-lapp-25", "r-low-rank-25", "v-dense", "v-int8", "v-low-rank-25", "v-pela-25", "v-ast-25"];

    // Minutes even so, and no behaviour is tested here alone, so that the ordinary suite leaves it out. After a change to the study or to what its arms are made of:
    // dotnet run --project tests/Frugal.Tests -- -class Frugal.Tests.Studies.CompressionStudyTests -explicit only
    [Fact(Explicit = true)]
    public void Cut_short_it_runs_and_the_report_draws_accuracy_against_each_cost()
    {
        var whole = Read("data=digits: { train: 128, validation: 0, test: 64 }", "train.updates=4", "pela.stage.updates=3", "rd-pruning.grid=4", "rd-pruning.calibration=16");
        var one = whole.Arms.Where(arm => representatives.Contains(arm.Key));
        using var folder = new TemporaryFolder();
        var result = new StudyRun { Study = whole with { Arms = one.ToDictionary(), EqualBudgets = [], Claims = [] }, Folder = folder.Path, Cancellation = TestContext.Current.CancellationToken }.Execute();
        Assert.All(result.Arms, arm => Assert.True(arm.Failure is null, $"{arm.Name}: {arm.Failure}"));
        ArmResult Arm(string name) => result.Arms.Single(arm => arm.Name == name);
        Assert.True(Arm("r-channels-25").Mean(Metric.Parameters) < 0.35 * Arm("r-dense").Mean(Metric.Parameters));
        Assert.True(Arm("v-low-rank-25").Mean(Metric.Parameters) < 0.35 * Arm("v-dense").Mean(Metric.Parameters));
        Assert.True(Arm("v-int8").Mean(Metric.Bytes) < 0.4 * Arm("v-dense").Mean(Metric.Bytes));
        string page = HtmlReport.Page(result);
        foreach (string cost in (string[])["parameters stored", "multiply-adds of one example", "latency at batch 1", "latency at batch 32", "bytes on disk"])
            Assert.Contains($"Accuracy against {cost}", page, StringComparison.Ordinal);
    }
}
