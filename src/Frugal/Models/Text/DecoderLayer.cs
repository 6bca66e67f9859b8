using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>A layer of a causal decoder with rotary positions: <c>[batch, tokens, dim]</c> to the same shape.</summary>
/// <param name="name">Name of the type, for messages.</param>
internal abstract class DecoderLayer(string name) : Module(name)
{
    /// <summary>Runs the layer.</summary>
    /// <param name="input"><c>[batch, tokens, dim]</c>.</param>
    /// <param name="context">What its attention needs beside the tokens.</param>
    public abstract Tensor Run(Tensor input, AttentionContext context);

    /// <summary>Runs an attention layer, which a step may have replaced.</summary>
    /// <exception cref="FrugalException">What is there cannot attend to earlier tokens.</exception>
    protected static Tensor Attend(Module attention, Tensor input, AttentionContext context) => attention is ICausalAttention causal
        ? causal.Run(input, context)
        : throw new FrugalException($"{attention.GetName()} stands where a decoder has causal attention, and is none.");
}
