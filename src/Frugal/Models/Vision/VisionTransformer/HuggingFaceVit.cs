using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Models.Vision;

/// <summary>The Vision Transformer as the transformers library names and keeps it: queries, keys and values apart, other names, the same network.</summary>
internal static class HuggingFaceVit
{
    /// <summary>Names within a layer: theirs, ours.</summary>
    private static readonly (string Theirs, string Ours)[] layerNames =
    [
        ("attention.output.dense", "attn.proj"), ("intermediate.dense", "mlp.fc1"), ("output.dense", "mlp.fc2"), ("layernorm_before", "norm1"), ("layernorm_after", "norm2"),
    ];

    /// <summary>What a configuration describes.</summary>
    public static VisionTransformerConfig Read(GoldenConfig config) => new()
    {
        ImageSize = new ImageSize(config.Int("image_size"), config.Int("image_size")),
        InChannels = config.Int("num_channels"),
        NumClasses = config.Int("num_labels"),
        PatchSize = config.Int("patch_size"),
        EmbedDim = config.Int("hidden_size"),
        Depth = config.Int("num_hidden_layers"),
        NumHeads = config.Int("num_attention_heads"),
        MlpRatio = config.Double("intermediate_size") / config.Double("hidden_size"),
        HasQkvBias = config.Bool("qkv_bias"),
        NormEpsilon = config.Double("layer_norm_eps"),
    };

    /// <summary>Their weights under our names.</summary>
    public static Dictionary<string, Tensor> Rename(IReadOnlyDictionary<string, Tensor> theirs, int depth)
    {
        var ours = new Dictionary<string, Tensor>
        {
            ["cls_token"] = theirs["vit.embeddings.cls_token"],
            ["pos_embed"] = theirs["vit.embeddings.position_embeddings"],
        };
        Copy("vit.embeddings.patch_embeddings.projection", "patch_embed.proj");
        Copy("vit.layernorm", "norm");
        Copy("classifier", "head");
        for (int layer = 0; layer < depth; layer++)
        {
            string from = $"vit.encoder.layer.{layer}", to = $"blocks.{layer}";
            foreach (var (their, our) in layerNames)
                Copy($"{from}.{their}", $"{to}.{our}");
            foreach (string part in new[] { "weight", "bias" })
            {
                string[] names = [.. new[] { "query", "key", "value" }.Select(which => $"{from}.attention.attention.{which}.{part}")];
                if (names.All(theirs.ContainsKey))
                    ours[$"{to}.attn.qkv.{part}"] = cat([.. names.Select(name => theirs[name])]);
            }
        }
        return ours;

        void Copy(string from, string to)
        {
            foreach (string part in new[] { "weight", "bias" })
            {
                if (theirs.TryGetValue($"{from}.{part}", out var tensor))
                    ours[$"{to}.{part}"] = tensor;
            }
        }
    }
}
