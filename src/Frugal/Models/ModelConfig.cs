using Frugal.Catalogue;
using Frugal.Data;

namespace Frugal.Models;

/// <summary>
/// The description from which a model is built: everything but the weights. It round-trips through <c>config.json</c>.
/// </summary>
[CatalogueKind("model", "models")]
public abstract record ModelConfig
{
    private readonly int? numClasses, inChannels;

    /// <summary>Number of classes; null takes the data's, or the published number (1000 for ImageNet models) without data.</summary>
    [Range(1, 1_000_000)]
    public int? NumClasses { get => numClasses; init => numClasses = value is { } v ? Guard.Between(v, 1, 1_000_000) : null; }

    /// <summary>Channels of the input image; null takes the data's, or 3 without data.</summary>
    [Range(1, 4096)]
    public int? InChannels { get => inChannels; init => inChannels = value is { } v ? Guard.Between(v, 1, 4096) : null; }

    /// <summary>The same description with what was left open taken from the data.</summary>
    public virtual ModelConfig FitTo(DataInfo data) =>
        this with { NumClasses = NumClasses ?? data.NumClasses, InChannels = InChannels ?? data.Channels };

    /// <summary>
    /// Builds the network with fresh weights, drawn from libtorch's generator (seed it through <see cref="RandomStreams.SeedTorch"/>).
    /// What is still open takes its published default.
    /// </summary>
    public abstract Model Build();
}
