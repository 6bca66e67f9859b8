using Frugal.Data;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Training.Methods;
using TorchSharp;

namespace Frugal.Compression.Cells;

/// <summary>The search of <see cref="Dass"/>: three trainings of one network, apart from the subject's own.</summary>
internal static class CellSearch
{
    private const string Scores = "*.popup_scores";

    /// <summary>Searches.</summary>
    /// <param name="options">The options of the step.</param>
    /// <param name="subject">The subject, whose model stays as it is.</param>
    /// <param name="keepShare">Share of the weights that is kept from the second stage on.</param>
    /// <param name="name">Folder of the search's checkpoints within the subject's.</param>
    /// <returns>The network with the architecture that was found; the caller disposes it.</returns>
    public static SearchNetwork Run(Dass options, Subject subject, double keepShare, string name)
    {
        var (learn, judge) = subject.Data.Train.HoldOut(1 - options.LearnShare);
        subject.Random.SeedTorch("dass-search", subject.History.Count);
        var config = new SearchNetworkConfig { Channels = options.SearchChannels, Cells = options.SearchCells, Nodes = options.Nodes, Operations = options.Operations, KeepsOne = options.KeepsOne };
        var network = (SearchNetwork)config.FitTo(subject.Data.Info).Build();
        try
        {
            network.to(subject.Device);
            var searched = new Subject
            {
                Model = network,
                // Nothing evaluates here: the test examples stay with the subject.
                Data = new DataSplits(learn, null, judge!, $"{subject.Data.Fingerprint} {name}"),
                Random = subject.Random,
                Device = subject.Device,
                Folder = subject.Folder is { } folder ? Directory.CreateDirectory(Path.Combine(folder, name)).FullName : null,
                OtherModels = subject.OtherModels,
                Observer = subject.Observer,
                Cancellation = subject.Cancellation,
                AcceptsChangedRecipe = subject.AcceptsChangedRecipe,
            };
            RunStages(options, searched, network, judge!, keepShare);
            subject.Metrics[Metric.TrainingUpdates] = (subject.Metrics[Metric.TrainingUpdates] ?? 0) + searched.Metrics[Metric.TrainingUpdates];
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static void RunStages(Dass options, Subject searched, SearchNetwork network, Dataset judge, double keepShare)
    {
        ArchitectureSearch Architecture() => new(judge, options.ArchitectureOptimizer, options.Unrolled);
        using (var generator = searched.Random.TorchAt("dass-scores"))
            foreach (var layer in network.ScoredLayers)
                layer.DrawScores(generator);
        options.SearchPreTrain.With([Architecture(), new Freeze { Include = [Scores] }]).Apply(searched);
        foreach (var layer in network.ScoredLayers)
        {
            layer.KeepShare = keepShare;
            layer.ScaleScores();
        }
        options.SearchPrune.With([Architecture(), new Freeze { Include = ["*"], Exclude = [Scores] }]).Apply(searched);
        options.SearchFineTune.With([Architecture(), new Freeze { Include = [Scores] }]).Apply(searched);
    }
}
