using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>The golden case of BiPFT's whole layer: BERT's with attention on signs and its estimators, and binary linear layers.</summary>
internal static class BipftLayerGolden
{
    public static GoldenOutputs Run(GoldenFile file)
    {
        long dim = file.Config.Long("hidden_size"), hidden = file.Config.Long("intermediate_size"), heads = file.Config.Long("num_attention_heads");
        using var layer = new BertLayer(new BertConfig { HiddenSize = dim, IntermediateSize = hidden, NumHeads = heads, DropRate = 0, AttentionDropRate = 0 });
        var attention = new BinaryAttention(dim, heads, file.HasParam("attention.self.q_p.weight") ? (int)file.Param("attention.self.q_p.weight").shape[0] : 0);
        ModuleSurgery.ReplaceAll(layer, [("attention.self", attention), ("attention.output.dense", new BinaryLinear(dim, dim)), ("intermediate.dense", new BinaryLinear(dim, hidden)), ("output.dense", new BinaryLinear(hidden, dim))]);
        var (missing, unexpected) = layer.load_state_dict(file.ReadParams().ToDictionary(), strict: false);
        if (missing.Count + unexpected.Count > 0)
            throw new FrugalException($"The weights of {file.Path} are not the layer's: {string.Join(", ", missing.Concat(unexpected))}.");
        Tensor input = file.In("x").requires_grad_(), mask = file.In("mask");
        var output = layer.Run(input, mask);
        (output * file.In("w")).sum().backward();
        using var mode = no_grad();
        var (context, weights) = attention.Attend(input, mask);
        var outputs = new GoldenOutputs { { "context", context }, { "attn_probs_bin", weights }, { "attention", layer.Attend(input, mask) }, { "y", output.detach() }, { "grad.x", input.grad! } };
        foreach (var (name, parameter) in layer.named_parameters().Where(own => file.HasOut($"grad.{own.name}")))
            outputs.Add($"grad.{name}", parameter.grad!);
        return outputs;
    }
}
