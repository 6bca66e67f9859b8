using Frugal.Layers;

namespace Frugal.Models.Text;

/// <summary>What an encoder holds and computes, by part (Brown et al. 2022, section 3): attention is the same along a family, feed-forward blocks and norms go with the depth.</summary>
/// <param name="AttentionParameters">Projections with their biases, and what the type of attention learns besides.</param>
/// <param name="FeedForwardParameters">Feed-forward blocks.</param>
/// <param name="NormParameters">Norms of the layers, and the last one.</param>
/// <param name="EmbeddingParameters">Tokens and positions.</param>
/// <param name="HeadParameters">The classifier.</param>
/// <param name="ProjectionMacs">Multiply-adds of the projections of one sequence.</param>
/// <param name="MixingMacs">Multiply-adds of scores and mixing.</param>
/// <param name="FeedForwardMacs">Multiply-adds of the feed-forward blocks.</param>
public sealed record EncoderAccount(
    long AttentionParameters, long FeedForwardParameters, long NormParameters, long EmbeddingParameters, long HeadParameters, long ProjectionMacs, long MixingMacs, long FeedForwardMacs)
{
    /// <summary>All parameters.</summary>
    public long Parameters => AttentionParameters + FeedForwardParameters + NormParameters + EmbeddingParameters + HeadParameters;

    /// <summary>Multiply-adds of the layers for one sequence.</summary>
    public long Macs => ProjectionMacs + MixingMacs + FeedForwardMacs;

    /// <summary>The account of a description.</summary>
    internal static EncoderAccount Of(WideEncoderConfig config, long tokens)
    {
        long dim = config.HiddenSize, layers = config.NumLayers, inner = config.NumHeads * config.HeadDim, hidden = config.IntermediateSize, classes = config.NumClasses ?? 2;
        bool projects = config.Attention == AttentionType.Linformer;
        long learned = projects ? config.ProjectedTokens * config.MaxPositions : 0;
        // Products of a query with keys, for scores and again for mixing.
        long mixing = config.Attention switch
        {
            AttentionType.Linear => (2 * tokens * inner * config.HeadDim) + (tokens * inner),
            AttentionType.Local => 2 * ((tokens + config.Window - 1) / config.Window) * config.Window * config.Window * inner,
            AttentionType.Linformer => 4 * tokens * config.ProjectedTokens * inner,
            _ => 2 * tokens * tokens * inner,
        };
        return new(
            AttentionParameters: layers * ((3 * ((dim * inner) + inner)) + (inner * dim) + dim + learned),
            FeedForwardParameters: layers * ((2 * dim * hidden) + hidden + dim),
            NormParameters: (layers * 4 * dim) + (2 * dim),
            EmbeddingParameters: (config.VocabularySize + config.MaxPositions) * dim,
            HeadParameters: config.Head == TextHead.None ? 0 : (dim * classes) + classes,
            ProjectionMacs: layers * 4 * tokens * dim * inner,
            MixingMacs: layers * mixing,
            FeedForwardMacs: layers * 2 * tokens * dim * hidden);
    }
}
