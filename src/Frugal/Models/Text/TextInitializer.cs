using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>Fresh weights as these models are published: normal for linear layers and embeddings, biases 0, norms 1 and 0.</summary>
internal static class TextInitializer
{
    public static void Apply(nn.Module model, double deviation)
    {
        foreach (var module in model.modules())
        {
            switch (module)
            {
                case Linear linear:
                    linear.weight.normal_(0, deviation);
                    linear.bias?.zero_();
                    break;
                case Embedding embedding:
                    embedding.weight!.normal_(0, deviation);
                    break;
            }
        }
    }

    /// <summary>The padding token, where there is one, is zero.</summary>
    public static void ClearPadding(Tensor embedding, long? padding)
    {
        if (padding is { } row && row >= 0 && row < embedding.shape[0])
            embedding[row].zero_();
    }
}
