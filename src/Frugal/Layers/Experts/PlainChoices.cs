using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>
/// The choices of tokens as plain numbers, for evaluation without gradients: the many small tensors of a <see cref="Routing"/> take longer than the experts do on a few tokens.
/// </summary>
/// <param name="Experts">Expert of each choice, token by token.</param>
/// <param name="Weights">Its weight.</param>
/// <param name="PerToken">Choices of a token.</param>
internal sealed record PlainChoices(int[] Experts, float[] Weights, int PerToken)
{
    /// <summary>Chooses for each token by itself; null where the router cannot, or tokens are no single precision in main memory.</summary>
    /// <param name="router">The router.</param>
    /// <param name="logits"><c>[tokens, experts]</c>.</param>
    public static PlainChoices? Of(Router router, Tensor logits)
    {
        int perToken = router.PlainChoices, experts = (int)logits.shape[1];
        if (perToken == 0 || logits.dtype != ScalarType.Float32 || logits.device_type != DeviceType.CPU)
            return null;
        router.Require(experts);
        using var probabilities = logits.softmax(-1).contiguous();
        var values = MemoryMarshal.Cast<byte, float>(probabilities.bytes);
        int tokens = (int)logits.shape[0];
        var choices = new PlainChoices(new int[tokens * perToken], new float[tokens * perToken], perToken);
        for (int token = 0; token < tokens; token++)
            router.ChoosePlainly(values.Slice(token * experts, experts), choices.Experts.AsSpan(token * perToken, perToken), choices.Weights.AsSpan(token * perToken, perToken));
        return choices;
    }

    /// <summary>Runs the experts, <c>[tokens, dim]</c> to the same shape.</summary>
    /// <param name="experts">The experts.</param>
    /// <param name="tokens">The tokens.</param>
    public Tensor Run(IReadOnlyList<nn.Module<Tensor, Tensor>> experts, Tensor tokens)
    {
        using var weights = tensor(Weights, device: tokens.device);
        return ExpertDispatch.RunEven(experts, tokens, Array.ConvertAll(Experts, expert => (long)expert), PerToken, weights);
    }
}
