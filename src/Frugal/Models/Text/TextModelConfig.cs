using System.Text.Json.Serialization;

namespace Frugal.Models.Text;

/// <summary>
/// The description of a text model, with the keys of the transformers library's <c>config.json</c>, whose names differ between families; the properties are called alike.
/// </summary>
public abstract record TextModelConfig
{
    /// <summary>The family, e.g. <c>bert</c>.</summary>
    [JsonPropertyName("model_type")]
    public abstract string ModelType { get; }

    /// <summary>Number of tokens that there are.</summary>
    [JsonPropertyName("vocab_size")]
    public abstract long VocabularySize { get; init; }

    /// <summary>Width of a token.</summary>
    [JsonIgnore]
    public abstract long HiddenSize { get; init; }

    /// <summary>Number of layers.</summary>
    [JsonIgnore]
    public abstract int NumLayers { get; init; }

    /// <summary>Number of attention heads.</summary>
    [JsonIgnore]
    public abstract long NumHeads { get; init; }

    /// <summary>Most tokens of a sequence.</summary>
    [JsonIgnore]
    public abstract long MaxPositions { get; init; }

    /// <summary>Standard deviation of fresh weights. Default 0.02.</summary>
    [JsonPropertyName("initializer_range")]
    public double InitializerRange { get; init => field = Guard.Positive(value); } = 0.02;

    /// <summary>Classes of a classifying head. Default 2.</summary>
    [JsonPropertyName("num_labels")]
    public int NumLabels { get; init => field = Guard.Between(value, 1, 1_000_000); } = 2;

    /// <summary>Builds the network with fresh weights, drawn from libtorch's generator (seed it through <see cref="RandomStreams.SeedTorch"/>).</summary>
    /// <exception cref="FrugalException">The family has no such head, or the options contradict each other.</exception>
    public abstract TextModel Build(TextHead head);

    /// <summary>Width of a head.</summary>
    /// <exception cref="FrugalException">The heads do not divide the width.</exception>
    internal long EvenHeadDim => HiddenSize % NumHeads == 0
        ? HiddenSize / NumHeads
        : throw new FrugalException($"{ModelType}: {NumHeads} heads do not divide a width of {HiddenSize} evenly");

    /// <summary>Refuses a head that the family does not have.</summary>
    internal void Require(TextHead head, params TextHead[] known)
    {
        if (!known.Contains(head))
            throw new FrugalException($"{ModelType} has no head for {head}; it has {string.Join(", ", known)}.");
    }
}
