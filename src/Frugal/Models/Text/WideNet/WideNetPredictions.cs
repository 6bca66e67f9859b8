using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Hidden states to logits over the vocabulary, through the small width of the word embedding, whose matrix decodes.</summary>
internal sealed class WideNetPredictions : Module
{
    private readonly TiedDecoder decoder;
    private Module<Tensor, Tensor> dense, activation, LayerNorm;

    public WideNetPredictions(WideNetTextConfig config) : base(nameof(WideNetPredictions))
    {
        dense = Linear(config.HiddenSize, config.EmbeddingSize);
        activation = ActivationLayer.Of(config.Activation);
        LayerNorm = nn.LayerNorm(config.EmbeddingSize, config.LayerNormEpsilon);
        decoder = new TiedDecoder(config.VocabularySize);
        RegisterComponents();
    }

    public Tensor Run(Tensor hidden, Tensor embedding) => decoder.call(LayerNorm.call(activation.call(dense.call(hidden))), embedding);
}
