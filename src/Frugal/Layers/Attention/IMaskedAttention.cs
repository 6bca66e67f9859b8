using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Attention that can be told which keys to pass over.</summary>
internal interface IMaskedAttention
{
    /// <summary><c>[batch, tokens, dim]</c> to the same shape.</summary>
    /// <param name="input">The tokens.</param>
    /// <param name="mask">Added to the scores, see <see cref="AttentionMask"/>; null where every key is seen.</param>
    Tensor Run(Tensor input, Tensor? mask);

    /// <summary>Runs whatever stands where a network has its attention; of a row of layers the first is told of the mask.</summary>
    /// <exception cref="FrugalException">Keys are to be passed over, and it cannot do that.</exception>
    static Tensor Run(Module<Tensor, Tensor> attention, Tensor input, Tensor? mask) => attention switch
    {
        _ when mask is null => attention.call(input),
        IMaskedAttention masked => masked.Run(input, mask),
        Sequential row when row.children().FirstOrDefault() is IMaskedAttention masked => row.children().Skip(1).Cast<Module<Tensor, Tensor>>().Aggregate(masked.Run(input, mask), (output, layer) => layer.call(output)),
        _ => throw new FrugalException($"a {attention.GetName()} in the place of attention cannot pass over padding; put a layer there that takes a mask"),
    };
}
