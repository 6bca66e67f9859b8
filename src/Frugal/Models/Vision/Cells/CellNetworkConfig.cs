using Frugal.Catalogue;

namespace Frugal.Models.Vision;

/// <summary>
/// A row of cells of two kinds, as a search finds them (Liu et al. 2019, "DARTS", arXiv 1806.09055; Mousavi et al. 2022, "DASS", arXiv 2207.06968): normal cells, and two reductions that halve the image.
/// The default cells are the published DARTS-V2; <c>dass</c> leaves such a network with its own.
/// </summary>
[Entry("cell-network", Paper = "dass")]
public sealed record CellNetworkConfig : ImageModelConfig
{
    /// <summary>Channels of a node in the first cell; the stem gives three times as many, and each reduction doubles them.</summary>
    [Range(2, 4096)]
    public int Channels { get; init => field = Guard.Between(value, 2, 4096); } = 36;

    /// <summary>Number of cells; those after a third and after two thirds of them are reductions.</summary>
    [Range(1, 1000)]
    public int Cells { get; init => field = Guard.Between(value, 1, 1000); } = 20;

    /// <summary>Edges of a normal cell, two for each node, e.g. <c>[ sep-conv3:0, sep-conv3:1, skip-connect:0, dil-conv3:2 ]</c> for two nodes.</summary>
    public IReadOnlyList<CellEdge> Normal { get; init; } =
    [
        new(CellOperation.SepConv3, 0), new(CellOperation.SepConv3, 1), new(CellOperation.SepConv3, 0), new(CellOperation.SepConv3, 1),
        new(CellOperation.SepConv3, 1), new(CellOperation.SkipConnect, 0), new(CellOperation.SkipConnect, 0), new(CellOperation.DilConv3, 2),
    ];

    /// <summary>Edges of a reduction cell, two for each node; those from the states 0 and 1 halve the image.</summary>
    public IReadOnlyList<CellEdge> Reduction { get; init; } =
    [
        new(CellOperation.MaxPool3, 0), new(CellOperation.MaxPool3, 1), new(CellOperation.SkipConnect, 2), new(CellOperation.MaxPool3, 1),
        new(CellOperation.MaxPool3, 0), new(CellOperation.SkipConnect, 2), new(CellOperation.SkipConnect, 2), new(CellOperation.MaxPool3, 1),
    ];

    /// <summary>Probability of dropping an edge in training; edges that pass their input on are never dropped.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double DropPathRate { get; init => field = Guard.Fraction(value); }

    /// <summary>The Tiny network of DASS with the cells of DARTS-V2.</summary>
    [Preset("cells-tiny", Parameters = 1_892_290, Source = "Liu et al. 2019, figures 4 and 5, at the size of Mousavi et al. 2022")]
    public static CellNetworkConfig Tiny => new() { Channels = 30, Cells = 16 };

    /// <summary>DARTS-V2 as published for CIFAR-10, without its auxiliary classifier: the Small network of DASS.</summary>
    [Preset("cells-small", Parameters = 3_349_342, Source = "Liu et al. 2019, table 1")]
    public static CellNetworkConfig Small => new();

    /// <summary>The Medium network of DASS with the cells of DARTS-V2.</summary>
    [Preset("cells-medium", Parameters = 9_527_004, Source = "Liu et al. 2019, figures 4 and 5, at the size of Mousavi et al. 2022")]
    public static CellNetworkConfig Medium => new() { Channels = 86, Cells = 12 };

    /// <summary>The Large network of DASS with the cells of DARTS-V2.</summary>
    [Preset("cells-large", Parameters = 19_454_590, Source = "Liu et al. 2019, figures 4 and 5, at the size of Mousavi et al. 2022")]
    public static CellNetworkConfig Large => new() { Channels = 108, Cells = 14 };

    /// <inheritdoc/>
    public override PublishedInput PublishedInput => PublishedInput.Cifar;

    // Each cell brings the output of the last one, which is at least as wide as a node, to its width.
    /// <inheritdoc/>
    public override double LeastParameters => (double)Cells * Channels * Channels;

    /// <inheritdoc/>
    protected override Model Create() => new CellNetwork(this);

    /// <exception cref="FrugalException">The edges make no cell: which kind, where, and what would be right.</exception>
    internal void RequireCells()
    {
        Require("normal", Normal);
        Require("reduction", Reduction);
        if (Normal.Count != Reduction.Count)
            throw new FrugalException($"cell-network: the normal cell has {Normal.Count} edges and the reduction {Reduction.Count}; give both as many nodes, with two edges each.");
    }

    private static void Require(string kind, IReadOnlyList<CellEdge> edges)
    {
        if (edges.Count == 0 || edges.Count % 2 != 0)
            throw new FrugalException($"cell-network: the {kind} cell has {edges.Count} edges; give two for each node.");
        for (int i = 0; i < edges.Count; i++)
        {
            int states = 2 + i / 2;
            if (edges[i].Operation == CellOperation.None)
                throw new FrugalException($"cell-network: edge {i} of the {kind} cell does nothing; give one of the other operations.");
            if (edges[i].Input < 0 || edges[i].Input >= states)
                throw new FrugalException($"cell-network: edge {i} of the {kind} cell, '{edges[i]}', reads state {edges[i].Input}, and its node has the states 0 to {states - 1} before it.");
        }
    }
}
