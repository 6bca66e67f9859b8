using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Clipping;
using Frugal.Training.Methods.Pruning;
using Frugal.Training.Optimizers;
using Frugal.Training.Schedules;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Compression.Cells;

/// <summary>
/// Searches a network for a small budget of weights (Mousavi et al. 2022, "DASS", arXiv 2207.06968): cells are chosen by gradients while their convolutions are sparse already, and the network of the cells
/// found is trained, pruned by learned scores and trained on. It takes the model's place; of that only the shape of images and the classes count.
/// </summary>
/// <remarks>
/// The search has three stages, and so has the training of the network found: dense weights; a share k of each tensor kept, by scores that are learned while weights stay; the weights that are kept. In each
/// stage of the search an update of the architecture, on the part of the training examples that the weights do not learn from, comes before each update of the weights. What is left is a
/// <c>cell-network</c> of ordinary layers with zeros in them.
/// </remarks>
[Entry("dass", Paper = "dass")]
[Capabilities(WorksOn = ["Conv2d", "Linear"], CombinesWith = ["pack", "keep-zeros", "quantize-int8"], NeedsData = true, ChangesShapes = true, PackedForm = "sparse")]
public sealed class Dass : Step
{
    private const double LowestLr = 0.001;

    /// <summary>The smallest of the paper's four networks.</summary>
    [Preset("dass-tiny")]
    public static Dass Tiny => new() { Channels = 30, Cells = 16 };

    /// <summary>The second of the paper's four networks.</summary>
    [Preset("dass-small")]
    public static Dass Small => new();

    /// <summary>The third of the paper's four networks, wider and with fewer cells.</summary>
    [Preset("dass-medium")]
    public static Dass Medium => new() { Channels = 86, Cells = 12 };

    /// <summary>The largest of the paper's four networks.</summary>
    [Preset("dass-large")]
    public static Dass Large => new() { Channels = 108, Cells = 14 };

    /// <summary>Share k of each weight tensor that is kept: 0.01 for what is called 99 % pruned.</summary>
    [Range(0, 1, AboveLow = true)]
    [Shorthand]
    public double KeepShare { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.01;

    /// <summary>Keeps one weight of each tensor where the share is less than that; the authors' code does not.</summary>
    public bool KeepsOne { get; init; } = true;

    /// <summary>Operations that edges are chosen from.</summary>
    public IReadOnlyList<CellOperation> Operations
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value.Distinct().Count() == value.Count && value.Any(operation => operation != CellOperation.None)
                ? value
                : throw new ArgumentException("Operations must name at least one beside none, each once", nameof(Operations));
        }
    } = [.. Enum.GetValues<CellOperation>()];

    /// <summary>Nodes of a cell.</summary>
    [Range(1, 16)]
    public int Nodes { get; init => field = Guard.Between(value, 1, 16); } = 4;

    /// <summary>Channels of the first cell while searching.</summary>
    [Range(2, 4096)]
    public int SearchChannels { get; init => field = Guard.Between(value, 2, 4096); } = 16;

    /// <summary>Cells while searching.</summary>
    [Range(1, 1000)]
    public int SearchCells { get; init => field = Guard.Between(value, 1, 1000); } = 8;

    /// <summary>Share of the training examples that the weights learn from while searching; the architecture is judged by the others.</summary>
    [Range(0, 1, AboveLow = true, BelowHigh = true)]
    public double LearnShare { get; init => field = Guard.Positive(Guard.Fraction(value)); } = 0.5;

    /// <summary>Judges the architecture by the weights after one more step (second order); otherwise by the weights as they are, at a quarter of the cost.</summary>
    public bool Unrolled { get; init; } = true;

    /// <summary>The update rule of the architecture.</summary>
    public Optimizer ArchitectureOptimizer { get; init; } = new Adam { Lr = 3e-4, Beta1 = 0.5, WeightDecay = 1e-3 };

    /// <summary>First stage of the search: dense weights.</summary>
    public Train SearchPreTrain { get; init; } = Searching(100);

    /// <summary>Second stage of the search: the scores of a share of the weights.</summary>
    public Train SearchPrune { get; init; } = Scoring(50);

    /// <summary>Third stage of the search: the weights that are kept.</summary>
    public Train SearchFineTune { get; init; } = Searching(100);

    /// <summary>Channels of the first cell of the network that is left.</summary>
    [Range(2, 4096)]
    public int Channels { get; init => field = Guard.Between(value, 2, 4096); } = 36;

    /// <summary>Cells of the network that is left.</summary>
    [Range(1, 1000)]
    public int Cells { get; init => field = Guard.Between(value, 1, 1000); } = 20;

    /// <summary>Probability of dropping an edge in the training of the network that is left.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double DropPathRate { get; init => field = Guard.Fraction(value); } = 0.3;

    /// <summary>Factor on the loss of a second classifier two thirds of the way up, which only trains; 0 for none.</summary>
    [Range(0, double.PositiveInfinity)]
    public double AuxiliaryWeight { get; init => field = Guard.NotNegative(value); } = 0.4;

    /// <summary>First stage of the network that is left: dense weights.</summary>
    public Train PreTrain { get; init; } = Training(100);

    /// <summary>Second stage: the scores of a share of the weights.</summary>
    public Train Prune { get; init; } = Scoring(50);

    /// <summary>Third stage: the weights that are kept.</summary>
    public Train FineTune { get; init; } = Training(100);

    /// <summary>Searches a second time with all weights kept, and measures how far apart the two architectures are (<c>architecture-distance</c>: per edge, between 0 and 2); the network is that of the sparse search.</summary>
    public bool ComparesDense { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => new[] { SearchPreTrain, SearchPrune, SearchFineTune, PreTrain, Prune, FineTune }.SelectMany(stage => stage.LearnsFrom);

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The data is not images with classes, or a training fails; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Data.Info is not ImageInfo)
            throw new FrugalException("dass searches a network for images with classes, and the data is texts; choose data with images.");
        var config = Search(subject);
        subject.Random.SeedTorch("dass", subject.History.Count);
        var (original, network) = (subject.Model, config.FitTo(subject.Data.Info).Build());
        network.to(subject.Device);
        subject.Model = network;
        try
        {
            TrainFound(subject);
        }
        catch
        {
            subject.Model = original;
            network.Dispose();
            throw;
        }
        original.Dispose();
        return subject;
    }

    private CellNetworkConfig Search(Subject subject)
    {
        using var sparse = CellSearch.Run(this, subject, KeepShare, "search");
        if (ComparesDense)
        {
            using var dense = CellSearch.Run(this, subject, keepShare: 1, "dense-search");
            subject.Metrics["architecture-distance"] = CellChoice.Distance([.. sparse.Alphas.Select(alphas => alphas.Value)], [.. dense.Alphas.Select(alphas => alphas.Value)]);
        }
        var (normal, reduction) = (CellChoice.Of(sparse.Alphas[0].Value, Operations), CellChoice.Of(sparse.Alphas[1].Value, Operations));
        subject.Report(new RunEvent.Note($"dass found the normal cell [{string.Join(", ", normal)}] and the reduction [{string.Join(", ", reduction)}]"));
        return new() { Channels = Channels, Cells = Cells, Normal = normal, Reduction = reduction, DropPathRate = DropPathRate };
    }

    private void TrainFound(Subject subject)
    {
        using var head = AuxiliaryWeight > 0 ? new AuxiliaryHead($"cells.{2 * Cells / 3}.output", AuxiliaryWeight) : null;
        IReadOnlyList<TrainingMethod> more = head is null ? [] : [head];
        PreTrain.With(more).Apply(subject);
        Prune.With([new ScorePruning { KeepShare = KeepShare, KeepsOne = KeepsOne }]).Apply(subject);
        FineTune.With([new KeepZeros(), .. more]).Apply(subject);
    }

    private static Train Searching(double epochs) => new()
    {
        Epochs = epochs,
        BatchSize = 32,
        Optimizer = new Sgd { Lr = 0.025, Momentum = 0, WeightDecay = 1e-3 },
        Schedule = new Cosine { MinLr = LowestLr },
        Clip = new NormClip { Max = 5 },
    };

    private static Train Scoring(double epochs) => new()
    {
        Epochs = epochs,
        BatchSize = 32,
        Optimizer = new Sgd { Lr = 0.1, Momentum = 0 },
        Schedule = new Constant(),
        Clip = new NormClip { Max = 5 },
    };

    private static Train Training(double epochs) => new()
    {
        Epochs = epochs,
        BatchSize = 32,
        Optimizer = new Sgd { Lr = 0.025, Momentum = 0.9, WeightDecay = 4e-4 },
        Schedule = new Cosine { MinLr = LowestLr },
        Clip = new NormClip { Max = 5 },
    };
}
