using Frugal.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>The golden cases of the discrete key-value bottleneck: look-up with the gradient of the values, keys that follow moving averages, and plain gradient descent on the values.</summary>
internal sealed class KeyValueGolden : GoldenCase
{
    public override string Slug => "dkvb";

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        output.EndsWith("index", StringComparison.Ordinal) || output == "touched" ? Tolerance.Exact : Tolerance.OfLargest(file.HasIn("label.0") ? 1e-6 : 1e-5, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file) => file.HasIn("heads.0") ? Averages(file) : file.HasIn("label.0") ? Stream(file) : Look(file);

    private static GoldenOutputs Look(GoldenFile file)
    {
        if (file.Config.Text("pool") is not "mean" and var pool)
            throw new FrugalException($"{file.Path} pools values by {pool}; known is mean.");
        var layer = Layer(file, file.Config.Long("dim"), file.Config.Long("value_dim"));
        var x = file.In("x");
        var memory = layer.call(x);
        (memory * file.In("w")).sum().backward();
        var quantized = layer.Codebooks.call(x);
        return new()
        {
            ["heads"] = layer.Codebooks.Heads(x),
            ["index"] = layer.Codebooks.Index(x),
            ["quantized"] = quantized.view([.. quantized.shape[..^1], layer.NumCodebooks, layer.KeyDim]),
            ["memory"] = memory.detach(),
            ["grad.values"] = layer.Values.grad!,
        };
    }

    private static GoldenOutputs Averages(GoldenFile file)
    {
        var config = file.Config;
        if (config.Double("dead_code_threshold") > 0)
            throw new FrugalException($"{file.Path} replaces keys by random rows, whose random numbers it does not give.");
        long[] expected = [config.Long("codebooks"), config.Long("keys"), config.Long("key_dim")];
        var (keys, counts, sums) = (file.Param("keys"), file.Param("cluster_size"), file.Param("embed_avg"));
        if (!keys.shape.SequenceEqual(expected))
            throw new FrugalException($"{file.Path} has keys of shape [{string.Join(", ", keys.shape)}], but its config says [{string.Join(", ", expected)}].");
        var outputs = new GoldenOutputs();
        for (int step = 0; step < config.Int("steps"); step++)
        {
            var heads = file.In($"heads.{step}").transpose(0, 1);
            var index = KeyValueMath.Nearest(heads, keys);
            (counts, sums, keys) = KeyValueMath.Follow((counts, sums), heads, index, config.Double("decay"), config.Double("eps"));
            outputs.Add($"{step}.index", index.transpose(0, 1));
            outputs.Add($"{step}.cluster_size", counts);
            outputs.Add($"{step}.embed_avg", sums);
            outputs.Add($"{step}.keys", keys);
        }
        return outputs;
    }

    private static GoldenOutputs Stream(GoldenFile file)
    {
        var layer = Layer(file, file.Param("rand_proj").shape[1], file.Config.Long("classes"));
        var touched = zeros([layer.NumCodebooks, layer.NumKeys], ScalarType.Bool);
        var outputs = new GoldenOutputs();
        for (int step = 0; step < file.Config.Int("steps"); step++)
        {
            var x = file.In($"x.{step}");
            var logits = layer.call(x);
            var loss = nn.functional.cross_entropy(logits, file.In($"label.{step}"));
            loss.backward();
            using (no_grad())
            {
                touched = touched.logical_or(layer.Values.grad!.ne(0).any(-1));
                layer.Values.add_(layer.Values.grad!, alpha: -file.Config.Double("lr"));
            }
            layer.Values.grad = null;
            outputs.Add($"{step}.index", layer.Codebooks.Index(x));
            outputs.Add($"{step}.logits", logits.detach());
            outputs.Add($"{step}.loss", loss.detach());
            outputs.Add($"{step}.values", layer.Values.detach().clone());
        }
        outputs.Add("touched", touched.to(uint8));
        return outputs;
    }

    private static KeyValueBottleneck Layer(GoldenFile file, long dim, long width)
    {
        var config = file.Config;
        var layer = new KeyValueBottleneck(dim, width, config.Long("codebooks"), config.Long("keys"), config.Long("key_dim"));
        var keys = file.Param("keys");
        layer.to(keys.dtype);
        var (missing, unexpected) = layer.load_state_dict(new()
        {
            ["values"] = file.Param("values"),
            ["codebooks.rand_proj"] = file.Param("rand_proj"),
            ["codebooks.keys"] = keys,
            ["codebooks.embed_avg"] = keys.clone(),
            ["codebooks.cluster_size"] = ones(keys.shape[0], keys.shape[1], dtype: keys.dtype),
        }, strict: false);
        return missing.Count + unexpected.Count == 0 ? layer : throw new FrugalException($"The weights of the case are not the layer's: {string.Join(", ", missing.Concat(unexpected))}.");
    }
}
