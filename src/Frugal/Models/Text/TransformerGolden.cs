using Frugal.Interop;
using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>The golden cases of the transformer reference: text models with their heads and gradients, rotary embedding, and the Vision Transformer under its other names.</summary>
internal sealed class TransformerGolden : GoldenCase
{
    public override string Slug => "transformer-reference";

    public override GoldenOutputs Run(GoldenFile file) => file.Config.TextOrNull("model_type") switch
    {
        null => Rotary(file),
        "vit" => Vision.VisionTransformerGolden.Run(file),
        _ => Text(file),
    };

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        file.OutDtype(output) == SafetensorsDtype.F64 ? Tolerance.OfLargest(1e-9, atLeast: 1)
        : output.StartsWith("grad.", StringComparison.Ordinal) ? Tolerance.Relative(2e-4, 2e-4)
        : Tolerance.Relative(1e-4, 1e-4);

    private static GoldenOutputs Rotary(GoldenFile file)
    {
        var scaling = file.Config.Has("rope_scaling") ? file.Config.Section("rope_scaling") : null;
        var rotary = new RotaryEmbedding(file.Config.Long("head_dim"), file.Config.Double("rope_theta"), scaling is null ? null : new RotaryScaling
        {
            Type = Enum.Parse<RotaryScalingType>(scaling.TextOrNull("rope_type") ?? scaling.Text("type"), ignoreCase: true),
            Factor = scaling.Double("factor"),
            LowFrequencyFactor = scaling.DoubleOrNull("low_freq_factor") ?? 1,
            HighFrequencyFactor = scaling.DoubleOrNull("high_freq_factor") ?? 4,
            OriginalMaxPositions = scaling.IntOrNull("original_max_position_embeddings") ?? 8192,
        });
        var x = file.In("x");
        return new GoldenOutputs
        {
            { "inv_freq", tensor([.. rotary.Frequencies], x.dtype) },
            { "y", RotaryEmbedding.Rotate(x, rotary.Tables(0, x.shape[^2], x.dtype, x.device)) },
        };
    }

    private static GoldenOutputs Text(GoldenFile file)
    {
        var config = TextModelJson.Read(file.Config.Json, null, $"the config of {file.Path}");
        var model = config.Build(HeadOf(file));
        model.eval();
        var batch = new TextBatch(file.In("input_ids"))
        {
            AttentionMask = file.HasIn("attention_mask") ? file.In("attention_mask") : null,
            TokenTypeIds = file.HasIn("token_type_ids") ? file.In("token_type_ids") : null,
        };
        using (var weights = new GoldenWeights(file))
            Gpt2GoldenBiases.Fill(model, file, batch, TextModelFolder.Fill(model, weights)).OrThrow();
        var output = model.Run(batch);
        var outputs = new GoldenOutputs();
        foreach (var (i, hidden) in output.Hidden.Index())
            outputs.Add($"hidden.{i}", WithPaddingOf(file, $"hidden.{i}", hidden, batch));
        AddHead(file, output, batch, outputs);
        if (file.HasOut("loss"))
            AddLoss(file, model, output.Logits!, batch.InputIds, outputs);
        return outputs;
    }

    private static TextHead HeadOf(GoldenFile file) => file.Config.TextOrNull("head") switch
    {
        "qa" => TextHead.QuestionAnswering,
        "mlm" or "masked_lm" => TextHead.MaskedLanguageModel,
        _ when file.HasOut("seq_relationship_logits") => TextHead.PreTraining,
        _ when file.HasOut("start_logits") => TextHead.QuestionAnswering,
        _ when file.HasOut("prediction_logits") => TextHead.MaskedLanguageModel,
        _ when file.HasOut("logits") => TextHead.CausalLanguageModel,
        _ => TextHead.None,
    };

    private static void AddHead(GoldenFile file, TextOutput output, TextBatch batch, GoldenOutputs outputs)
    {
        if (output.Pooled is not null)
            outputs.Add("pooler_output", output.Pooled);
        if (output.NextSentenceLogits is not null)
            outputs.Add("seq_relationship_logits", output.NextSentenceLogits);
        if (file.HasOut("prediction_logits"))
            outputs.Add("prediction_logits", WithPaddingOf(file, "prediction_logits", output.Logits!, batch));
        if (file.HasOut("logits"))
            outputs.Add("logits", WithPaddingOf(file, "logits", output.Logits!, batch));
        if (!file.HasOut("start_logits"))
            return;
        outputs.Add("start_logits", WithPaddingOf(file, "start_logits", output.Logits!.select(-1, 0), batch));
        outputs.Add("end_logits", WithPaddingOf(file, "end_logits", output.Logits!.select(-1, 1), batch));
    }

    // What stands at padding depends on the constant of the mask and is not compared.
    private static Tensor WithPaddingOf(GoldenFile file, string name, Tensor ours, TextBatch batch)
    {
        if (batch.AttentionMask is null)
            return ours;
        var isToken = batch.AttentionMask.ne(0);
        return where(ours.dim() == 3 ? isToken.unsqueeze(-1) : isToken, ours, file.Out(name));
    }

    private static void AddLoss(GoldenFile file, TextModel model, Tensor logits, Tensor ids, GoldenOutputs outputs)
    {
        long tokens = ids.shape[1];
        var loss = functional.cross_entropy(logits.narrow(1, 0, tokens - 1).reshape(-1, logits.shape[^1]), ids.narrow(1, 1, tokens - 1).reshape(-1));
        loss.backward();
        outputs.Add("loss", loss.reshape(1));
        const string prefix = "grad.";
        var parameters = model.named_parameters().ToDictionary(parameter => parameter.name, parameter => parameter.parameter);
        foreach (string name in file.Outputs.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var gradient = parameters[name[prefix.Length..]].grad!;
            outputs.Add(name, model.Layout.Transposed.Contains(name[prefix.Length..]) ? gradient.t() : gradient);
        }
    }
}
