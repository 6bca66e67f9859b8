using System.Diagnostics;
using Frugal.Data;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Objectives;
using Frugal.Training.Optimizers;
using Frugal.Training.Schedules;

namespace Frugal.Benchmarks;

/// <summary>Images per second of <see cref="Train"/> against <see cref="BareLoop"/> on the same network and data, in slices that take turns.</summary>
internal sealed class LoopOverhead(string name, ModelConfig config, DataSplits data, int batchSize, int updates, int slices)
{
    private const double LearningRate = 0.01;

    /// <summary>A row of the table.</summary>
    public string Line()
    {
        using var subject = SubjectOf();
        using var peerModel = SubjectOf();
        using var bare = new BareLoop(peerModel.Model, data.Train, batchSize, LearningRate);
        var train = new Train
        {
            Updates = updates,
            BatchSize = batchSize,
            Optimizer = new Sgd { Lr = LearningRate, Momentum = 0.9 },
            Schedule = new Constant(),
            Objective = new CrossEntropy(),
        };
        Time(() => bare.Run(updates));
        Time(() => train.Apply(subject));
        var wall = new List<double>();
        var processor = new List<double>();
        double bestPeer = double.PositiveInfinity, bestOwn = double.PositiveInfinity;
        for (int slice = 0; slice < slices; slice++)
        {
            // Every other turn runs the other way round, so that neither always follows the other.
            var first = slice % 2 == 0 ? Time(() => bare.Run(updates)) : Time(() => train.Apply(subject));
            var second = slice % 2 == 0 ? Time(() => train.Apply(subject)) : Time(() => bare.Run(updates));
            var (peer, own) = slice % 2 == 0 ? (first, second) : (second, first);
            wall.Add(peer.Wall / own.Wall);
            processor.Add(peer.Processor / own.Processor);
            (bestPeer, bestOwn) = (Math.Min(bestPeer, peer.Wall), Math.Min(bestOwn, own.Wall));
        }
        wall.Sort();
        processor.Sort();
        return FormattableString.Invariant(
            $"| {name} | {batchSize} | {updates * batchSize / bestOwn:F0} | {Quantile(wall, 0.5):F3} ({Quantile(wall, 0.05):F3}–{Quantile(wall, 0.95):F3}) | {Quantile(processor, 0.5):F3} | {bestPeer / bestOwn:F3} |");
    }

    private Subject SubjectOf()
    {
        var random = new RandomStreams(0);
        random.SeedTorch("model");
        return new Subject { Model = config.FitTo(data.Info).Build(), Data = data, Random = random };
    }

    private static (double Wall, double Processor) Time(Action work)
    {
        var before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        work();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    private static double Quantile(List<double> sorted, double share) => sorted[(int)Math.Round(share * (sorted.Count - 1))];
}
