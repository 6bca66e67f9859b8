using System.Diagnostics.CodeAnalysis;
using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Models.Text.Checkpoints;

/// <summary>A checkpoint's weights under the names and with the shapes that the model has: prefix added or not, old names made new, transposed matrices turned, repetitions left out.</summary>
internal sealed class LaidOutWeights : IWeights
{
    private readonly IWeights source;
    private readonly CheckpointLayout layout;
    private readonly Dictionary<string, string> sourceOf = new(StringComparer.Ordinal);

    /// <param name="source">The file; it stays the caller's.</param>
    /// <param name="layout">How the family's weights stand in it.</param>
    /// <param name="own">Names of the model's weights.</param>
    /// <exception cref="FrugalException">A weight that should repeat another one differs from it, or two names mean the same weight.</exception>
    public LaidOutWeights(IWeights source, CheckpointLayout layout, IReadOnlyCollection<string> own)
    {
        (this.source, this.layout) = (source, layout);
        foreach (string name in source.Names)
        {
            string ours = Renamed(name, own);
            if (!layout.Ignored.Contains(ours) && !sourceOf.TryAdd(ours, name))
                throw new FrugalException($"{source.Path}: both {Refusal.Quote(sourceOf[ours])} and {Refusal.Quote(name)} are {Refusal.Quote(ours)}.");
        }
        foreach (var (repetition, original) in layout.Repeated)
            Drop(repetition, original);
    }

    public string Path => source.Path;

    public IReadOnlyList<string> Names => [.. sourceOf.Keys];

    public bool TryGet(string name, [MaybeNullWhen(false)] out SafetensorsEntry entry)
    {
        entry = null;
        if (!sourceOf.TryGetValue(name, out string? there) || !source.TryGet(there, out entry))
            return false;
        entry = entry with { Name = name, Shape = layout.Turns(name, entry.Shape) ? [.. entry.Shape.Reverse()] : entry.Shape };
        return true;
    }

    public Tensor Read(string name)
    {
        if (!sourceOf.TryGetValue(name, out string? there))
            throw new FrugalException($"{Path} has no weight {Refusal.Quote(name)}.");
        var weight = source.Read(there);
        return layout.Turns(name, weight.shape) ? weight.t().contiguous() : weight;
    }

    public void Dispose()
    {
    }

    // Files of 2019 call a norm's weight and bias gamma and beta.
    private string Renamed(string name, IReadOnlyCollection<string> own)
    {
        foreach (var (old, current) in new[] { (".gamma", ".weight"), (".beta", ".bias") })
            name = name.EndsWith("LayerNorm" + old, StringComparison.Ordinal) ? name[..^old.Length] + current : name;
        bool isKnown = own.Contains(name) || layout.Repeated.ContainsKey(name) || layout.Ignored.Contains(name);
        string withPrefix = layout.Prefix + name;
        return !isKnown && (own.Contains(withPrefix) || layout.Ignored.Contains(withPrefix)) ? withPrefix : name;
    }

    private void Drop(string repetition, string original)
    {
        if (!sourceOf.Remove(repetition, out string? there))
            return;
        if (!sourceOf.TryGetValue(original, out string? first))
        {
            sourceOf[original] = there;
            return;
        }
        using var scope = NewDisposeScope();
        Tensor one = source.Read(there), other = source.Read(first);
        if (!one.shape.SequenceEqual(other.shape) || !one.eq(other).all().item<bool>())
            throw new FrugalException($"{Path}: {Refusal.Quote(there)} should repeat {Refusal.Quote(first)} and differs from it; if they are not tied, the configuration must say \"tie_word_embeddings\": false.");
    }
}
