using System.Diagnostics;
using Frugal.Kernels;
using Frugal.Layers;
using Frugal.Models.Text;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Benchmarks;

/// <summary>
/// Tokens a second of a causal model: with its key-value cache, without it, and the most that reading the weights once a token allows on this machine, measured in the same run. The three take turns.
/// </summary>
internal static class GenerationSpeed
{
    private static readonly (string Name, TextModelConfig Config)[] models =
    [
        ("gpt2 with 4 layers of 256", new Gpt2Config { HiddenSize = 256, NumLayers = 4, NumHeads = 4, MaxPositions = 512, VocabularySize = 8000 }),
        // 768 wide, 12 layers: 101 M parameters with the embedding and the head.
        ("llama, 100 M parameters", new LlamaConfig { HiddenSize = 768, NumLayers = 12, NumHeads = 12, IntermediateSize = 1536, VocabularySize = 20_000, MaxPositions = 512 }),
    ];

    public static IEnumerable<string> Lines(Arguments arguments)
    {
        int tokens = arguments.Number("--tokens", 64), prompt = arguments.Number("--prompt", 32), rounds = arguments.Number("--rounds", 3);
        yield return $"Tokens a second after a prompt of {prompt}, over {tokens} tokens; median of {rounds} turns. The limit reads each weight once a token.";
        yield return "";
        yield return "| model | parameters | with cache | without | gain | bandwidth limit | share of it |";
        yield return "| --- | --- | --- | --- | --- | --- | --- |";
        foreach (var (name, config) in models)
        {
            using var model = config.Build(TextHead.CausalLanguageModel);
            model.eval();
            // The embedding is looked up, not multiplied with.
            long parameters = model.parameters().Sum(parameter => parameter.numel());
            long bytesRead = sizeof(float) * (parameters - (config is LlamaConfig { TiesEmbeddings: false } ? config.VocabularySize * config.HiddenSize : 0));
            var (cached, whole) = (new List<double>(), new List<double>());
            for (int round = 0; round < rounds; round++)
            {
                cached.Add(Cached(model, prompt, tokens));
                whole.Add(Whole(model, prompt, tokens));
            }
            using var pool = new KernelPool(get_num_threads());
            double limit = new MachineCeiling(pool).ReadBytesPerSecond(bytesRead) / bytesRead;
            double with = cached.Order().ElementAt(rounds / 2), without = whole.Order().ElementAt(rounds / 2);
            yield return Invariant($"| {name} | {parameters / 1e6:F1} M | {with:F1} | {without:F1} | {with / without:F2}x | {limit:F1} | {100 * with / limit:F0} % |");
        }
    }

    private static double Cached(TextModel model, int prompt, int tokens)
    {
        int written = 0;
        var watch = new Stopwatch();
        foreach (long _ in new TextGenerator(model, new SamplingOptions { Temperature = 0 }).Continue([.. Enumerable.Range(1, prompt).Select(id => (long)id)], tokens + 1))
        {
            // The first token pays for the prompt.
            if (written++ == 0)
                watch.Start();
        }
        return (written - 1) / watch.Elapsed.TotalSeconds;
    }

    private static double Whole(TextModel model, int prompt, int tokens)
    {
        using var mode = no_grad();
        List<long> ids = [.. Enumerable.Range(1, prompt).Select(id => (long)id)];
        long start = Stopwatch.GetTimestamp();
        for (int written = 0; written < tokens; written++)
        {
            using var scope = NewDisposeScope();
            ids.Add(model.Run(new TextBatch(tensor(ids.ToArray(), [1, ids.Count]))).Logits![0, -1].argmax().item<long>());
        }
        return tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
