using Frugal.Layers;
using Frugal.Layers.Experts;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>
/// Serves a model whose experts are known before its layers run (Cai et al. 2024, Read-ME, section 4): requests wait in the queue of the expert of their next token, batches come from the longest queues, and of the
/// experts, which stay in the model's file, only so many are in memory as the cache has room for. What waits is known in advance, and so is what to evict last and what to load next.
/// </summary>
/// <remarks>
/// A request takes part in a batch with one token, of its prompt as well. A batch that needs more experts than fit runs in parts; each token's experts are the same in every layer, so a part needs no others. Keys and
/// values of a batch's requests are put together anew for each batch.
/// </remarks>
public sealed class ExpertServer : IDisposable
{
    private readonly TextModel model;
    private readonly ServingOptions options;
    private readonly ExpertStore store;
    private readonly ExpertCache cache;
    private readonly ExpertQueues<ServedRequest> queues;
    private readonly Sampler sampler;
    private readonly List<IReadOnlyList<int>> batches = [];
    private long heldBytes;

    private ExpertServer(TextModel model, string folder, ServingOptions options)
    {
        (this.model, this.options) = (model, options);
        store = new(model, folder);
        queues = new(model.PreGating!.NumExperts);
        cache = new(options.CacheCapacity, options.Policy, options.Sampling.Seed);
        sampler = new(options.Sampling);
    }

    /// <summary>Opens a saved model; its experts stay in the file.</summary>
    /// <param name="folder">The folder, as <see cref="ModelFolder.Save"/> writes it; it must stay as it is while the model is served.</param>
    /// <param name="options">How it is served; the usual way when null.</param>
    /// <param name="device">Where it computes; the CPU when null.</param>
    /// <exception cref="FrugalException">It is no causal language model that <c>read-me</c> cut.</exception>
    public static ExpertServer Open(string folder, ServingOptions? options = null, Device? device = null)
    {
        var model = TextModelFolder.Load(folder);
        try
        {
            if (model.Head != TextHead.CausalLanguageModel || LearnedRows.AreIn(model))
                throw new FrugalException($"{folder} has the head {model.Head}: only causal language models without a prompt or prefixes are served a token at a time.");
            model.to(device ?? CPU);
            model.eval();
            return new(model, folder, options ?? new());
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>What serving came to so far.</summary>
    public ServingReport Report => new(new([.. batches]), cache.Hits, cache.Misses, heldBytes);

    /// <summary>Lets a request wait. The router reads its prompt at once, so that all its experts are known.</summary>
    /// <param name="prompt">Ids of the tokens that are there; at least one.</param>
    /// <param name="newTokens">Tokens to write; 0 only reads.</param>
    /// <param name="endToken">The token that ends a text before; null for none.</param>
    /// <returns>The request, which the caller disposes when it is done.</returns>
    /// <exception cref="FrugalException">The prompt is empty, or longer than the model's positions together with what is to be written.</exception>
    public ServedRequest Add(IReadOnlyList<long> prompt, int newTokens, long? endToken = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        Guard.AtLeast(newTokens, 0, nameof(newTokens));
        if (prompt.Count == 0 || prompt.Count + (long)newTokens > model.TextConfig.MaxPositions)
            throw new FrugalException($"A request needs a token to begin with and has room for {model.TextConfig.MaxPositions}; this one has {prompt.Count} and asks for {newTokens} more.");
        if (prompt.Any(token => token < 0 || token >= model.TextConfig.VocabularySize))
            throw new FrugalException($"The model has {model.TextConfig.VocabularySize} tokens, numbered from 0, and the prompt others: the tokeniser is not the one that it was trained with.");
        var request = new ServedRequest(prompt, newTokens, endToken);
        Route([request], prompt.Count);
        queues.Add(request.NextExpert!.Value, request);
        return request;
    }

    /// <summary>Runs the next batch.</summary>
    /// <returns>False when no request waits.</returns>
    public bool RunBatch()
    {
        if (queues.Count == 0)
            return false;
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var batch = queues.Take(options.MaxTokens);
        batches.Add([.. batch.Select(each => each.Expert)]);
        int[] needed = [.. batch.Select(each => each.Expert).Distinct()];
        int[] upcoming = options.Policy == EvictionPolicy.Belady && !needed.All(cache.Holds) ? [.. needed, .. Planned(batch)] : needed;
        List<int> ready = [], missing = [];
        foreach (var (i, expert) in needed.Index())
        {
            var access = cache.Request(expert, upcoming.AsSpan(i + 1));
            if (access.Evicted is { } evicted)
            {
                // It may be one that this batch needs: then it is used before it goes.
                if (ready.Contains(evicted))
                    RunPart();
                store.Drop(evicted);
            }
            if (!access.IsHit)
                missing.Add(expert);
            ready.Add(expert);
        }
        RunPart();
        foreach (var (_, request) in batch)
            if (request.NextExpert is { } next)
                queues.Add(next, request);
        return true;

        void RunPart()
        {
            store.Load(missing);
            heldBytes = Math.Max(heldBytes, store.HeldBytes);
            Compute([.. batch.Where(each => ready.Contains(each.Expert))]);
            ready.Clear();
            missing.Clear();
        }
    }

    /// <summary>Runs batch after batch until every request is done.</summary>
    public void Run()
    {
        while (RunBatch())
        {
        }
    }

    /// <summary>Gives the model's memory back, and closes its file.</summary>
    public void Dispose()
    {
        store.Dispose();
        model.Dispose();
    }

    // Experts in the order in which they will be needed, as far as tokens are known.
    private IEnumerable<int> Planned(IReadOnlyList<(int Expert, ServedRequest Request)> batch)
    {
        var ahead = new Dictionary<ServedRequest, int>();
        int? Next(ServedRequest request) => request.ExpertAt(request.Computed + (ahead[request] = ahead.GetValueOrDefault(request) + 1));
        var waiting = queues.Copy();
        foreach (var (_, request) in batch)
            if (Next(request) is { } expert)
                waiting.Add(expert, request);
        return [.. waiting.Drain(options.MaxTokens, Next).SelectMany(each => each.Select(token => token.Expert).Distinct())];
    }

    private void Compute(IReadOnlyList<(int Expert, ServedRequest Request)> part)
    {
        var joined = new JoinedKeyValueCache([.. part.Select(each => each.Request.Seen)]);
        var ids = Column(part.Select(each => each.Request.Tokens[each.Request.Computed]));
        var logits = model.Run(Batch(ids, joined) with { Experts = Column(part.Select(each => (long)each.Expert)) }, joined).Logits!.select(1, -1).to(float32).cpu();
        var asking = part.Select((each, row) => (each.Request, Row: row)).Where(each => each.Request.Asks).ToList();
        foreach (var (request, row) in asking)
            request.Write(sampler.Next(logits[row].data<float>().ToArray()));
        if (asking.Select(each => each.Request).Where(request => !request.IsDone).ToList() is { Count: > 0 } more)
            Route(more, 1);
    }

    // Lets the router read the last tokens of requests.
    private void Route(IReadOnlyList<ServedRequest> requests, int tokens)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var joined = new JoinedKeyValueCache([.. requests.Select(request => request.Routed)]);
        var ids = stack([.. requests.Select(request => tensor(request.Tokens.TakeLast(tokens).ToArray()))]).to(model.parameters().First().device);
        var batch = Batch(ids, joined);
        var chosen = model.PreGating!.Run(batch.InputIds, batch.AttentionMask, joined, batch.Positions).argmax(-1).cpu();
        joined.Advance(tokens);
        foreach (var (row, request) in requests.Index())
            request.Know(chosen[row].data<long>().ToArray().Select(expert => (int)expert));
    }

    private static TextBatch Batch(Tensor ids, JoinedKeyValueCache joined) =>
        new(ids) { AttentionMask = joined.Mask(ids.shape[1]).to(ids.device), Positions = joined.Positions(ids.shape[1]).to(ids.device) };

    private Tensor Column(IEnumerable<long> values) => tensor(values.ToArray()).unsqueeze(1).to(model.parameters().First().device);
}
