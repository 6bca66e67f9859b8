using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>Lets a causal model write on, a token at a time, with a key-value cache; one with a prompt or prefixes reads all tokens anew each time.</summary>
/// <param name="model">A model with a <see cref="TextHead.CausalLanguageModel"/> head; it is put into evaluation mode while it writes.</param>
/// <param name="options">How tokens are chosen; drawn at temperature 1 when null.</param>
public sealed class TextGenerator(TextModel model, SamplingOptions? options = null)
{
    /// <summary>The tokens that follow, as they come.</summary>
    /// <param name="prompt">Ids of what is there already; at least one.</param>
    /// <param name="maxTokens">Most tokens to write; writing also ends where the model's positions do.</param>
    /// <param name="endToken">The token after which to stop, which is given too; null for none.</param>
    /// <exception cref="FrugalException">The prompt is empty or too long, or the model is no causal language model.</exception>
    public IEnumerable<long> Continue(IReadOnlyList<long> prompt, int maxTokens, long? endToken = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        if (model.Head != TextHead.CausalLanguageModel)
            throw new FrugalException($"Text is written by a causal language model; this {model.TextConfig.ModelType} has the head {model.Head}.");
        if (prompt.Count == 0)
            throw new FrugalException("The prompt is empty; give at least one token, for instance the one that begins a text.");
        return Write(prompt, maxTokens, endToken);
    }

    private IEnumerable<long> Write(IReadOnlyList<long> prompt, int maxTokens, long? endToken)
    {
        long room = Math.Min(maxTokens, model.TextConfig.MaxPositions - prompt.Count);
        var sampler = new Sampler(options ?? new());
        using var cache = LearnedRows.AreIn(model) ? null : new KeyValueCache(Math.Max(1, prompt.Count + Math.Max(0, room)));
        bool wasTraining = model.training;
        try
        {
            model.eval();
            long[] next = [.. prompt];
            for (long written = 0; written < room; written++)
            {
                long token = sampler.Next(LastLogits(next, cache));
                yield return token;
                if (token == endToken)
                    yield break;
                next = cache is null ? [.. next, token] : [token];
            }
        }
        finally
        {
            model.train(wasTraining);
        }
    }

    private float[] LastLogits(long[] ids, KeyValueCache? cache)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var device = model.parameters().First().device;
        var logits = model.Run(new TextBatch(tensor(ids, [1, ids.Length], device: device)), cache).Logits!;
        return logits[0, -1].to(float32).cpu().data<float>().ToArray();
    }
}
