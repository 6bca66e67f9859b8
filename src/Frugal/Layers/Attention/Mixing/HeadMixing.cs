using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>What heads do between the projections: queries, keys and values of every head to what the head gives out.</summary>
internal abstract class HeadMixing(string name) : Module(name)
{
    /// <summary>Mixes the tokens.</summary>
    /// <param name="query"><c>[batch, heads, tokens, width]</c>.</param>
    /// <param name="key">Likewise.</param>
    /// <param name="value">Likewise.</param>
    /// <param name="isToken"><c>[batch, tokens]</c>: true for a token, false for padding, which nothing is taken from; null where there is none.</param>
    /// <returns><c>[batch, heads, tokens, width]</c>.</returns>
    public abstract Tensor Run(Tensor query, Tensor key, Tensor value, Tensor? isToken);

    /// <summary>The mixing of a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="window">Tokens of a block, of <see cref="AttentionType.Local"/>.</param>
    /// <param name="projected">Keys and values that are left, of <see cref="AttentionType.Linformer"/>.</param>
    /// <param name="maxTokens">Most tokens of a sequence.</param>
    /// <param name="dropRate">Share of attention weights that dropout sets to zero in training, where there are weights.</param>
    public static HeadMixing Of(AttentionType type, long window, long projected, long maxTokens, double dropRate = 0) => type switch
    {
        AttentionType.Softmax => new SoftmaxMixing(dropRate),
        AttentionType.Linear => new LinearMixing(),
        AttentionType.Local => new LocalMixing(window, dropRate),
        AttentionType.Linformer => new LinformerMixing(projected, maxTokens, dropRate),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"{type} is no attention"),
    };

    /// <summary><c>[batch, tokens]</c> so that it fits beside heads: <c>[batch, 1, tokens, 1]</c>, of the heads' type.</summary>
    private protected static Tensor Beside(Tensor isToken, Tensor heads) => isToken.to(heads.dtype).unsqueeze(1).unsqueeze(-1);
}
