using Frugal.Models.Text;
using static TorchSharp.torch;

namespace Frugal.Testing;

/// <summary>Text models of a few thousand weights, one of each family.</summary>
public static class TinyText
{
    public const int Vocabulary = 23;

    public static BertConfig Bert { get; } = new() { VocabularySize = Vocabulary, HiddenSize = 16, NumLayers = 2, NumHeads = 2, IntermediateSize = 24, MaxPositions = 12, InitializerRange = 0.2 };

    public static DistilBertConfig DistilBert { get; } = new() { VocabularySize = Vocabulary, HiddenSize = 16, NumLayers = 2, NumHeads = 4, IntermediateSize = 24, MaxPositions = 12, InitializerRange = 0.2 };

    public static Gpt2Config Gpt2 { get; } = new() { VocabularySize = Vocabulary, HiddenSize = 16, NumLayers = 2, NumHeads = 2, MaxPositions = 12, InitializerRange = 0.2 };

    public static LlamaConfig Llama { get; } = new()
    {
        VocabularySize = Vocabulary,
        HiddenSize = 16,
        NumLayers = 2,
        NumHeads = 4,
        NumKeyValueHeads = 2,
        IntermediateSize = 24,
        MaxPositions = 12,
        InitializerRange = 0.2,
    };

    public static ParallelDecoderConfig Parallel { get; } = new()
    {
        VocabularySize = Vocabulary,
        HiddenSize = 16,
        NumLayers = 2,
        NumHeads = 4,
        NumKeyValueHeads = 2,
        IntermediateSize = 24,
        MaxPositions = 12,
        InitializerRange = 0.2,
    };

    public static WideEncoderConfig WideEncoder { get; } = new() { VocabularySize = Vocabulary, HiddenSize = 16, NumLayers = 2, NumHeads = 2, HeadDim = 8, IntermediateSize = 24, MaxPositions = 12, InitializerRange = 0.2 };

    public static WideNetTextConfig WideNet { get; } = new() { VocabularySize = Vocabulary, HiddenSize = 16, NumLayers = 2, NumHeads = 2, EmbeddingSize = 8, IntermediateSize = 24, MaxPositions = 12, InitializerRange = 0.2 };

    public static TextModelConfig Of(string family) => family switch
    {
        "bert" => Bert,
        "distilbert" => DistilBert,
        "gpt2" => Gpt2,
        "llama" => Llama,
        "parallel-decoder" => Parallel,
        "wide-encoder" => WideEncoder,
        "widenet" => WideNet,
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, "no small model of this family is known"),
    };

    public static TextModel Build(TextModelConfig config, TextHead head)
    {
        var model = config.Build(head);
        model.eval();
        return model;
    }

    /// <summary>Ids <c>[batch, tokens]</c> that differ from place to place.</summary>
    public static Tensor Ids(int batch, int tokens, int seed = 0)
    {
        var random = new RandomStream((ulong)seed + 1);
        return tensor([.. Enumerable.Range(0, batch * tokens).Select(_ => (long)random.NextInt(Vocabulary))], [batch, tokens]);
    }

    public static double Difference(Tensor one, Tensor other) => (one - other).abs().max().item<float>();
}
