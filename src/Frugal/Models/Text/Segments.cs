using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>Which text of a pair each token is of, read off the ids, so that a model takes pairs as it takes single texts: in training, in evaluation and as an exported file.</summary>
internal static class Segments
{
    /// <summary>1 behind the first token that ends a text, 0 up to it and at padding: <c>[batch, tokens]</c> to the same shape.</summary>
    /// <param name="ids"><c>[batch, tokens]</c>.</param>
    /// <param name="separator">The token that ends each text.</param>
    /// <param name="padding">The token that fills, or null.</param>
    public static Tensor Of(Tensor ids, long separator, long? padding)
    {
        using var scope = NewDisposeScope();
        var isEnd = ids.eq(separator).to(int64);
        var isSecond = (isEnd.cumsum(1) - isEnd).gt(0);
        return (padding is { } fills ? isSecond.logical_and(ids.ne(fills)) : isSecond).to(int64).MoveToOuterDisposeScope();
    }
}
