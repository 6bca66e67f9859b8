using Frugal.Catalogue;
using Frugal.Catalogue.Documents;
using Frugal.Recipes;
using Frugal.Studies;
using Frugal.Studies.Results;

namespace Frugal.Tests.Studies;

public sealed class StudyRunTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("frugal-study-").FullName;

    private const string TwoArms = """
        data: { digits: { train: 400, validation: 0, test: 200 } }
        model: { mlp: { hidden-sizes: [32] } }
        seeds: [0, 1]
        defaults: { train: { epochs: 3, batch-size: 50, optimizer: { adam: { lr: 0.003 } } } }
        arms:
          dense: { steps: [ train ] }
          no-op: { steps: [ train, no-op ] }
          sabotaged: { steps: [ train: { methods: [ shuffle-labels ] } ] }
        claims: [ dense.accuracy > 0.3, sabotaged.accuracy < dense.accuracy - 0.2 ]
        """;

    private StudyResult Run(string yaml, IProgress<StudyEvent>? observer = null) => RunUntil(yaml, observer, TestContext.Current.CancellationToken);

    private StudyResult RunUntil(string yaml, IProgress<StudyEvent>? observer, CancellationToken cancellation) => new StudyRun
    {
        Study = StudyFile.Read(YamlReader.Parse(yaml, "study.yaml"), "test", CatalogueIndex.Default),
        Folder = folder,
        Observer = observer,
        Cancellation = cancellation,
    }.Execute();

    [Fact]
    public void Tells_a_no_op_and_a_sabotage_from_the_baseline()
    {
        var result = Run(TwoArms);
        var (dense, noOp, sabotaged) = (result.Arms[0], result.Arms[1], result.Arms[2]);
        Assert.Equal(dense.Values(Metric.Accuracy), noOp.Values(Metric.Accuracy));
        Assert.True(sabotaged.Mean(Metric.Accuracy) < dense.Mean(Metric.Accuracy) - 0.2);
        Assert.All(result.Claims, verdict => Assert.Equal(Frugal.Studies.Claims.ClaimOutcome.Holds, verdict.Outcome));
    }

    [Fact]
    public void Arms_under_ONNX_Runtime_are_measured_like_the_others()
    {
        var arms = Run("""
            data: { digits: { train: 400, validation: 0, test: 200 } }
            model: { mlp: { hidden-sizes: [64] } }
            defaults: { train: { epochs: 3, batch-size: 50, optimizer: { adam: { lr: 0.003 } } } }
            arms:
              dense: { steps: [ train ] }
              runtime: { steps: [ train, onnx-runtime ] }
              int8: { steps: [ train, { quantize-int8: { calibration: 50 } } ] }
            """).Arms;
        Assert.All(arms, arm => Assert.Null(arm.Failure));
        Assert.All(arms, arm => Assert.Equal([1, 32], arm.Latency.Select(latency => latency.BatchSize)));
        Assert.Equal(arms[0].Mean(Metric.Accuracy), arms[1].Mean(Metric.Accuracy));
        Assert.Equal(arms[0].Mean(Metric.Accuracy)!.Value, arms[2].Mean(Metric.Accuracy)!.Value, 0.02);
        Assert.InRange(arms[2].Mean(Metric.Bytes)!.Value / arms[0].Mean(Metric.Bytes)!.Value, 0.2, 0.35);
        Assert.Equal(arms[0].Mean(Metric.Flops), arms[2].Mean(Metric.Flops));
    }

    [Fact]
    public void Without_time_left_only_the_baseline_is_run_and_with_more_time_the_rest()
    {
        StudyResult Within(TimeSpan? limit) => new StudyRun
        {
            Study = StudyFile.Read(YamlReader.Parse(TwoArms, "study.yaml"), "test", CatalogueIndex.Default),
            Folder = folder,
            TimeLimit = limit,
            Cancellation = TestContext.Current.CancellationToken,
        }.Execute();
        var first = Within(TimeSpan.Zero);
        Assert.Null(first.Arms[0].Failure);
        Assert.All(first.Arms.Skip(1), arm => Assert.Contains("the time was over", arm.Failure, StringComparison.Ordinal));
        Assert.All(Within(null).Arms, arm => Assert.Null(arm.Failure));
    }

    [Fact]
    public void An_arm_goes_on_from_the_finished_model_of_another()
    {
        var arms = Run("""
            data: { digits: { train: 200, validation: 0, test: 100 } }
            model: { mlp: { hidden-sizes: [32] } }
            defaults: { train: { epochs: 2, batch-size: 50, optimizer: { adam: { lr: 0.003 } } } }
            arms:
              dense: { steps: [ train ] }
              same: { steps: [ go-on-from: dense ] }
              smaller: { steps: [ go-on-from: dense, low-rank: { ratio: 4 }, train ] }
            """).Arms;
        Assert.All(arms, arm => Assert.Null(arm.Failure));
        Assert.Equal(arms[0].Values(Metric.Loss), arms[1].Values(Metric.Loss));
        Assert.True(arms[2].Mean(Metric.Parameters) < arms[0].Mean(Metric.Parameters));
        Assert.Equal(arms[0].Mean(Metric.TrainingUpdates), arms[2].Mean(Metric.TrainingUpdates));
    }

    [Fact]
    public void A_finished_run_is_reused_and_not_run_again()
    {
        var first = Run(TwoArms);
        var events = new List<StudyEvent>();
        var second = Run(TwoArms, new Recorder(events));
        Assert.All(events.OfType<StudyEvent.RunFinished>(), run => Assert.True(run.Reused));
        Assert.Equal(first.Arms.SelectMany(arm => arm.Values(Metric.Loss)), second.Arms.SelectMany(arm => arm.Values(Metric.Loss)));
    }

    [Fact]
    public void An_interrupted_study_goes_on_and_ends_as_if_it_had_not_been()
    {
        using var stop = new CancellationTokenSource();
        var stopper = new Recorder([], happened =>
        {
            if (happened is StudyEvent.RunHappened { Arm: "no-op", Happened: RunEvent.EpochFinished { Point.Epoch: 2 } })
                stop.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => RunUntil(TwoArms, stopper, stop.Token));

        var events = new List<StudyEvent>();
        var resumed = Run(TwoArms, new Recorder(events));
        Assert.Equal([true, true, false, false, false, false], events.OfType<StudyEvent.RunFinished>().Select(run => run.Reused));
        Assert.Equal(resumed.Arms[0].Values(Metric.Loss), resumed.Arms[1].Values(Metric.Loss));
        Assert.False(resumed.Arms[1].Runs[0].Metrics.ContainsKey(Metric.TrainingTime), "the duration of an interrupted run is not known");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(folder, "unfinished")));
    }

    [Fact]
    public void An_arm_that_fails_is_a_row_with_its_reason_and_the_rest_still_run()
    {
        var result = Run("""
            data: { digits: { train: 100, validation: 0, test: 50 } }
            model: { mlp: { hidden-sizes: [16] } }
            arms:
              broken: { steps: [ train: { batch-size: 1000 } ] }
              dense: { steps: [ train: { epochs: 1, batch-size: 50 } ] }
            baseline: dense
            claims: [ broken.accuracy > 0 ]
            """);
        Assert.Contains("1000", result.Arms[0].Failure, StringComparison.Ordinal);
        Assert.Null(result.Arms[1].Failure);
        Assert.Equal(Frugal.Studies.Claims.ClaimOutcome.Unknown, result.Claims[0].Outcome);
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(folder, "failed")));
    }

    private const string Taught = """
        data: { digits: { train: 400, validation: 0, test: 100 } }
        model: { mlp: { hidden-sizes: [16] } }
        seeds: [0, 1]
        defaults: { train: { epochs: 2, batch-size: 50 } }
        arms:
          student: { steps: [ train: { methods: [ distillation: { teacher: { arm: big } } ] } ] }
          big: { model: { mlp: { hidden-sizes: [64] } }, steps: [ train ] }
          other: { model: { mlp: { hidden-sizes: [64] } }, seed-offset: 100, steps: [ train ] }
          ensemble: { steps: [ train: { methods: [ meal-v2: { teachers: [ arm: big, arm: other ] } ] } ] }
        """;

    [Fact]
    public void An_arm_learns_from_another_wherever_it_is_written()
    {
        var events = new List<StudyEvent>();
        var result = Run(Taught, new Recorder(events));
        Assert.Equal(["student", "big", "other", "ensemble"], result.Arms.Select(arm => arm.Name));
        Assert.All(result.Arms, arm => Assert.Null(arm.Failure));
        Assert.Equal(["big", "student", "other", "ensemble"], events.OfType<StudyEvent.RunStarted>().Select(run => run.Arm).Distinct());
        Assert.NotEqual(result.Arms[1].Values(Metric.Loss), result.Arms[2].Values(Metric.Loss));
    }

    [Fact]
    public void Another_teacher_makes_another_run_of_its_pupil()
    {
        var events = new List<StudyEvent>();
        Run(Taught);
        Run(Taught.Replace("big: { model: { mlp: { hidden-sizes: [64]", "big: { model: { mlp: { hidden-sizes: [48]", StringComparison.Ordinal), new Recorder(events));
        Assert.Equal(["other"], events.OfType<StudyEvent.RunFinished>().Where(run => run.Reused).Select(run => run.Arm).Distinct());
    }

    [Fact]
    public void A_pupil_of_an_arm_that_failed_fails_with_it()
    {
        var result = Run(Taught.Replace("big: { model: { mlp: { hidden-sizes: [64] } }, steps: [ train ]", "big: { steps: [ train: { batch-size: 5000 } ]", StringComparison.Ordinal));
        Assert.Contains("'big' left no model", result.Arms[0].Failure, StringComparison.Ordinal);
        Assert.Null(result.Arms[2].Failure);
    }

    [Fact]
    public void Two_studies_do_not_work_in_one_folder_at_a_time()
    {
        using var other = new RunStore(folder);
        Assert.Contains("another frugal", Assert.Throws<FrugalException>(() => Run(TwoArms)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private sealed class Recorder(List<StudyEvent> events, Action<StudyEvent>? also = null) : IProgress<StudyEvent>
    {
        public void Report(StudyEvent value)
        {
            events.Add(value);
            also?.Invoke(value);
        }
    }
}
