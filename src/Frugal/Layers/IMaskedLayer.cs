using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>A layer over sequences that lets tokens see each other, and so must know which of them are padding.</summary>
public interface IMaskedLayer
{
    /// <summary>The layer's output.</summary>
    /// <param name="input"><c>[batch, tokens, dim]</c>.</param>
    /// <param name="mask"><c>[batch, tokens]</c>: 0 or false for padding; null where there is none.</param>
    Tensor Run(Tensor input, Tensor? mask);
}
