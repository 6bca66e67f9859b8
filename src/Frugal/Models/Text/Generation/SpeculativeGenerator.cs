using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>
/// Lets a causal model write on with the help of a smaller one (Leviathan et al. 2023, arXiv 2211.17192): the draft writes a few tokens ahead, and one pass of the verifier finds the first that it would have written
/// otherwise. Always the likeliest token: the text is the verifier's own.
/// </summary>
/// <param name="verifier">The model whose text it is; put into evaluation mode while it writes.</param>
/// <param name="draft">A model over the same vocabulary, e.g. a slice of the verifier by <c>mix-n-match</c>.</param>
/// <param name="ahead">Tokens that the draft writes before they are verified.</param>
public sealed class SpeculativeGenerator(TextModel verifier, TextModel draft, int ahead = 4)
{
    private readonly int ahead = Guard.Between(ahead, 1, 1024, nameof(ahead));

    /// <summary>Tokens that the draft wrote so far.</summary>
    public long Drafted { get; private set; }

    /// <summary>Those of them that the verifier would have written too.</summary>
    public long Accepted { get; private set; }

    /// <summary>Passes of the verifier; one for each token without a draft.</summary>
    public long Passes { get; private set; }

    /// <summary>The tokens that follow, as they come.</summary>
    /// <param name="prompt">Ids of what is there already; at least one.</param>
    /// <param name="maxTokens">Most tokens to write; writing also ends where the verifier's positions do.</param>
    /// <param name="endToken">The token after which to stop, which is given too; null for none.</param>
    /// <exception cref="FrugalException">The prompt is empty, a model is no causal language model, or they have other vocabularies.</exception>
    public IEnumerable<long> Continue(IReadOnlyList<long> prompt, int maxTokens, long? endToken = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        foreach (var model in new[] { verifier, draft })
            if (model.Head != TextHead.CausalLanguageModel)
                throw new FrugalException($"Text is written by causal language models; this {model.TextConfig.ModelType} has the head {model.Head}.");
        if (verifier.TextConfig.VocabularySize != draft.TextConfig.VocabularySize)
            throw new FrugalException($"The draft has {draft.TextConfig.VocabularySize} tokens and the verifier {verifier.TextConfig.VocabularySize}; both must have been trained with the same tokeniser.");
        if (prompt.Count == 0)
            throw new FrugalException("The prompt is empty; give at least one token, for instance the one that begins a text.");
        return Write(prompt, maxTokens, endToken);
    }

    private IEnumerable<long> Write(IReadOnlyList<long> prompt, int maxTokens, long? endToken)
    {
        long end = Math.Min(prompt.Count + (long)maxTokens, verifier.TextConfig.MaxPositions);
        List<long> ids = [.. prompt];
        using KeyValueCache seen = new(Math.Max(end, prompt.Count)), drafted = new(Math.Max(end, prompt.Count));
        var (verifierWasTraining, draftWasTraining) = (verifier.training, draft.training);
        try
        {
            verifier.eval();
            draft.eval();
            while (ids.Count < end)
            {
                int known = ids.Count;
                var proposed = Propose(ids, (int)Math.Min(Math.Min(ahead, end - known - 1), draft.TextConfig.MaxPositions - known), drafted);
                foreach (long token in Verify(ids, proposed, seen))
                {
                    ids.Add(token);
                    yield return token;
                    if (token == endToken)
                        yield break;
                }
                seen.Truncate(ids.Count - 1);
                drafted.Truncate(ids.Count - 1);
            }
        }
        finally
        {
            verifier.train(verifierWasTraining);
            draft.train(draftWasTraining);
        }
    }

    private List<long> Propose(List<long> ids, int count, KeyValueCache cache)
    {
        var proposed = new List<long>();
        while (proposed.Count < count)
            proposed.Add(Likeliest(draft, [.. ids.Concat(proposed).Skip((int)cache.Length)], 1, cache)[0]);
        Drafted += proposed.Count;
        return proposed;
    }

    // What of the proposal the verifier would have written, and the token that it writes next.
    private List<long> Verify(List<long> ids, List<long> proposed, KeyValueCache cache)
    {
        long[] own = Likeliest(verifier, [.. ids.Concat(proposed).Skip((int)cache.Length)], proposed.Count + 1, cache);
        int same = 0;
        while (same < proposed.Count && proposed[same] == own[same])
            same++;
        Passes++;
        Accepted += same;
        return [.. own.Take(same + 1)];
    }

    // After each of the last tokens.
    private static long[] Likeliest(TextModel model, long[] ids, int last, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var device = model.parameters().First().device;
        var logits = model.Run(new TextBatch(tensor(ids, [1, ids.Length], device: device)), cache).Logits!;
        return logits[0].narrow(0, ids.Length - last, last).argmax(1).cpu().data<long>().ToArray();
    }
}
