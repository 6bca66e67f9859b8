using System.Text.Json;
using Frugal.Native;
using Frugal.Recipes;
using Frugal.Studies.Claims;
using Frugal.Studies.Reports;
using Frugal.Studies.Results;

namespace Frugal.Tests.Studies;

public class ResultFilesTests
{
    private static readonly StudyResult Result = new()
    {
        Name = "small",
        Title = "Does it hold?",
        Data = "digits",
        Baseline = "dense",
        Seeds = [0],
        Finished = new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero),
        Machine = MachineInfo.Read(),
        Arms =
        [
            MeasuredArm.Of("dense", (Metric.Accuracy, 0.97), (Metric.Bytes, 4000)) with { IsOnParetoFront = true, Latency = [new LatencyResult(1, 50, 1, 0.9, 1.1)] },
            new() { Name = "broken", Runs = [], Failure = "it has 3 channels" },
        ],
        Claims = [],
        Budgets = [new BudgetResult(Metric.TrainingUpdates, new Dictionary<string, double?> { ["dense"] = 300 }, 0.01, true)],
    };

    [Fact]
    public void The_json_file_says_of_each_arm_its_name_and_what_was_measured_or_why_not()
    {
        using var json = JsonDocument.Parse(ResultFiles.Json(Result));
        var (dense, broken) = (json.RootElement.GetProperty("arms")[0], json.RootElement.GetProperty("arms")[1]);
        Assert.Equal("dense", dense.GetProperty("name").GetString());
        Assert.True(dense.GetProperty("is-on-pareto-front").GetBoolean());
        Assert.Equal(0.97, dense.GetProperty("means").GetProperty("accuracy").GetDouble());
        Assert.Equal(50, dense.GetProperty("means").GetProperty("latency-1").GetDouble());
        Assert.Equal(("broken", "it has 3 channels"), (broken.GetProperty("name").GetString(), broken.GetProperty("failure").GetString()));
    }

    [Fact]
    public void The_json_file_says_what_was_compared_and_where()
    {
        using var json = JsonDocument.Parse(ResultFiles.Json(Result));
        var root = json.RootElement;
        Assert.Equal(
            ("small", "Does it hold?", "digits", "dense"),
            (root.GetProperty("name").GetString(), root.GetProperty("title").GetString(), root.GetProperty("data").GetString(), root.GetProperty("baseline").GetString()));
        Assert.Equal(Result.Finished, root.GetProperty("finished").GetDateTimeOffset());
        Assert.NotEmpty(root.GetProperty("version").GetString()!);
        Assert.Equal(JsonValueKind.Object, root.GetProperty("machine").ValueKind);
        Assert.Equal("training-updates", root.GetProperty("budgets")[0].GetProperty("metric").GetString());
    }

    [Fact]
    public void The_csv_file_has_a_row_a_run() => Assert.Equal("arm,seed,accuracy,bytes\ndense,0,0.97,4000\n", ResultFiles.Csv(Result));
}
