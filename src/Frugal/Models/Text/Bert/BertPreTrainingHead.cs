using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>BERT's heads for pre-training, as <c>cls.predictions</c> and <c>cls.seq_relationship</c>.</summary>
internal sealed class BertPreTrainingHead : Module
{
    private readonly BertPredictions predictions;
    private Module<Tensor, Tensor>? seq_relationship;

    public BertPreTrainingHead(BertConfig config, bool judgesNextSentence) : base(nameof(BertPreTrainingHead))
    {
        predictions = new BertPredictions(config);
        seq_relationship = judgesNextSentence ? Linear(config.HiddenSize, 2) : null;
        RegisterComponents();
    }

    public Tensor Predict(Tensor hidden, Tensor embedding) => predictions.Run(hidden, embedding);

    public Tensor? JudgeNextSentence(Tensor pooled) => seq_relationship?.call(pooled);
}

/// <summary>Hidden states to logits over the vocabulary: a transform, then the word embedding's matrix.</summary>
internal sealed class BertPredictions : Module
{
    private readonly BertTransform transform;
    private readonly TorchSharp.Modules.Parameter bias;

    public BertPredictions(BertConfig config) : base(nameof(BertPredictions))
    {
        transform = new BertTransform(config);
        bias = Parameter(zeros(config.VocabularySize));
        RegisterComponents();
    }

    public Tensor Run(Tensor hidden, Tensor embedding) => functional.linear(transform.call(hidden), embedding, bias);
}

/// <summary>Linear layer, non-linearity and normalisation in front of the decoder.</summary>
internal sealed class BertTransform : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> dense, activation, LayerNorm;

    public BertTransform(BertConfig config) : base(nameof(BertTransform))
    {
        dense = Linear(config.HiddenSize, config.HiddenSize);
        activation = ActivationLayer.Of(config.Activation);
        LayerNorm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => LayerNorm.call(activation.call(dense.call(input)));
}
