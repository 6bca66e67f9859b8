using System.Text.Json;
using Frugal.Interop;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>A vocabulary as a JSON object of ids by token.</summary>
internal static class VocabularyJson
{
    /// <summary>The tokens in the order of their ids. Ids that only added tokens have may come between.</summary>
    /// <exception cref="FrugalException">It is no object of whole numbers, or an id is there twice or missing.</exception>
    public static Vocabulary Read(JsonElement json, IReadOnlyList<AddedToken> added, string source)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new FrugalException($"{source} must hold a JSON object of ids by token, found {json.ValueKind}.");
        var byId = new SortedDictionary<int, string>();
        foreach (var entry in json.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id < 0)
                throw new FrugalException($"{source}: the id of {Refusal.Quote(entry.Name)} must be a whole number of 0 or more, found {entry.Value}.");
            if (!byId.TryAdd(id, entry.Name))
                throw new FrugalException($"{source}: {Refusal.Quote(byId[id])} and {Refusal.Quote(entry.Name)} have the same id, {id}.");
        }
        if (byId.Count > 0)
        {
            int highest = byId.Keys.Last();
            foreach (var token in added.Where(token => token.Id < highest))
                byId.TryAdd(token.Id, token.Text);
        }
        int missing = byId.Keys.Index().FirstOrDefault(entry => entry.Index != entry.Item, (Index: -1, Item: 0)).Index;
        return missing < 0 ? new Vocabulary([.. byId.Values], source) : throw new FrugalException($"{source} has {byId.Count} tokens up to the id {byId.Keys.Last()}, but none with the id {missing}.");
    }

    /// <summary>The object of a list of tokens.</summary>
    public static JsonElement Write(IReadOnlyList<string> tokens) => JsonSerializer.SerializeToElement(tokens.Index().ToDictionary(entry => entry.Item, entry => entry.Index));
}
