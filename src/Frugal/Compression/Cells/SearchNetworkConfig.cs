using Frugal.Models;
using Frugal.Models.Vision;

namespace Frugal.Compression.Cells;

/// <summary>The network in which cells are searched. Not in the catalogue: nobody keeps one.</summary>
internal sealed record SearchNetworkConfig : ImageModelConfig
{
    /// <summary>Channels of a node in the first cell.</summary>
    public required int Channels { get; init; }

    /// <summary>Number of cells.</summary>
    public required int Cells { get; init; }

    /// <summary>Nodes of a cell.</summary>
    public required int Nodes { get; init; }

    /// <summary>Operations of each edge.</summary>
    public required IReadOnlyList<CellOperation> Operations { get; init; }

    /// <summary>Keeps one weight of each tensor where the share is less than that.</summary>
    public bool KeepsOne { get; init; } = true;

    /// <inheritdoc/>
    public override PublishedInput PublishedInput => PublishedInput.Cifar;

    /// <inheritdoc/>
    protected override Model Create() => new SearchNetwork(this);
}
