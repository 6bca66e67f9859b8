using Frugal.Interop;
using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>The golden cases of wide attention: attention maps, hidden states, logits and parameter counts of a deep and a wide encoder with as many heads in all.</summary>
internal sealed class WideAttentionGolden : GoldenCase
{
    public override string Slug => "wide-attention";

    public override GoldenOutputs Run(GoldenFile file)
    {
        var config = ConfigOf(file);
        var model = (WideEncoder)config.Build(TextHead.SequenceClassification);
        model.to(file.Param("head.weight").dtype);
        model.eval();
        using (var weights = new GoldenWeights(file))
            TextModelFolder.Fill(model, weights).OrThrow();
        using var mode = no_grad();
        var ids = file.In("input_ids");
        var isToken = file.HasIn("attention_mask") ? file.In("attention_mask") : null;
        var output = model.Run(new TextBatch(ids) { AttentionMask = isToken });
        var account = config.Account(ids.shape[1]);
        var outputs = new GoldenOutputs
        {
            ["logits"] = output.Logits!,
            ["params_attention_ffn_total"] = tensor([account.AttentionParameters, account.FeedForwardParameters, account.Parameters], ScalarType.Int64),
        };
        if (model.parameters().Sum(parameter => parameter.numel()) != account.Parameters)
            throw new FrugalException("The account is not that of the network.");
        foreach (var (i, layer) in model.Layers.Index())
        {
            outputs.Add($"attention.{i}", layer.Weights(output.Hidden[i], isToken));
            outputs.Add($"hidden.{i}", output.Hidden[i + 1]);
        }
        return outputs;
    }

    private static WideEncoderConfig ConfigOf(GoldenFile file)
    {
        var config = file.Config;
        return new()
        {
            VocabularySize = config.Long("vocab"),
            HiddenSize = config.Long("dim"),
            NumLayers = config.Int("layers"),
            NumHeads = config.Long("heads"),
            HeadDim = config.Long("head_dim"),
            IntermediateSize = config.Long("ffn_dim"),
            MaxPositions = config.Long("max_positions"),
            LayerNormEpsilon = config.Double("ln_eps"),
            NumClasses = config.Int("classes"),
            Activation = Enum.TryParse<Activation>(config.Text("activation"), ignoreCase: true, out var activation) ? activation : throw new FrugalException($"{file.Path} asks for the activation '{config.Text("activation")}', which there is not"),
            Pool = config.Text("pool") switch { "masked mean" or "mean" => TokenPool.Mean, "first" or "cls" => TokenPool.First, var other => throw new FrugalException($"{file.Path} pools by '{other}', which there is not") },
        };
    }
}
