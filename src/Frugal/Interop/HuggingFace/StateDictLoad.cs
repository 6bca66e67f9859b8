using System.Text;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>What came of loading weights by name: which tensors found their place, and which names or shapes did not match.</summary>
/// <param name="Source">Where the weights came from.</param>
/// <param name="Loaded">Names that were copied, as the model calls them.</param>
/// <param name="Missing">Names that the model has and the source has not; they keep their values.</param>
/// <param name="Unexpected">Names that the source has and the model has not.</param>
/// <param name="WronglyShaped">Names that both have, with different shapes; they keep their values.</param>
public sealed record StateDictLoad(
    string Source, IReadOnlyList<string> Loaded, IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<ShapeMismatch> WronglyShaped)
{
    /// <summary>Shapes of those that found no place, by name: the model's of what is missing, the source's of what is unexpected.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes { get; init; } = new Dictionary<string, IReadOnlyList<long>>();

    /// <summary>Whether every tensor of the model was loaded and nothing was left over.</summary>
    public bool IsComplete => Missing.Count == 0 && Unexpected.Count == 0 && WronglyShaped.Count == 0;

    /// <summary>Compares names and shapes without reading any tensor.</summary>
    /// <param name="model">The model's parameters and buffers by name.</param>
    /// <param name="weights">Where to load from.</param>
    /// <param name="rename">From a name in the source to the model's, or <c>null</c> to leave it out; names are the same by default.</param>
    public static StateDictLoad Plan(IReadOnlyDictionary<string, Tensor> model, IWeights weights, Func<string, string?>? rename = null) =>
        Match(model, weights, rename).Report;

    /// <summary>Copies every tensor whose name and shape match, converting type and device to the model's, and reports the rest.</summary>
    /// <inheritdoc cref="Plan"/>
    /// <exception cref="FrugalException">A tensor could not be read, or two names of the source mean one of the model's.</exception>
    public static StateDictLoad Into(IReadOnlyDictionary<string, Tensor> model, IWeights weights, Func<string, string?>? rename = null)
    {
        var (report, sourceOf) = Match(model, weights, rename);
        using var noGradient = no_grad();
        foreach (var name in report.Loaded)
        {
            using var scope = NewDisposeScope();
            model[name].copy_(weights.Read(sourceOf[name]));
        }
        return report;
    }

    /// <summary>Throws where <see cref="IsComplete"/> is false.</summary>
    /// <exception cref="FrugalException">Something is missing, unexpected or wrongly shaped; the message lists it.</exception>
    public StateDictLoad OrThrow() => IsComplete ? this : throw new FrugalException(ToString());

    /// <summary>A paragraph for people: counts, then the names that did not match with their shapes, at most ten of each kind.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Source}: {Loaded.Count} tensors loaded");
        List(text, "missing", [.. Missing.Select(WithShape)]);
        List(text, "unexpected", [.. Unexpected.Select(WithShape)]);
        List(text, "wrongly shaped", [.. WronglyShaped.Select(mismatch => mismatch.ToString())]);
        return text.Append('.').ToString();
    }

    private string WithShape(string name) => Shapes.TryGetValue(name, out var shape) ? $"{name} [{string.Join(", ", shape)}]" : name;

    private static (StateDictLoad Report, Dictionary<string, string> SourceOf) Match(
        IReadOnlyDictionary<string, Tensor> model, IWeights weights, Func<string, string?>? rename)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        var sourceOf = new Dictionary<string, string>(StringComparer.Ordinal);
        List<string> unexpected = [];
        List<ShapeMismatch> wronglyShaped = [];
        foreach (var source in weights.Names)
        {
            if ((rename is null ? source : rename(source)) is not { } name)
                continue;
            if (!model.TryGetValue(name, out var tensor))
                unexpected.Add(source);
            else if (weights.TryGet(source, out var entry) && !entry.Shape.SequenceEqual(tensor.shape))
                wronglyShaped.Add(new(name, tensor.shape, entry.Shape));
            else if (!sourceOf.TryAdd(name, source))
                throw new FrugalException($"{weights.Path}: both {Refusal.Quote(sourceOf[name])} and {Refusal.Quote(source)} would become {Refusal.Quote(name)}.");
        }
        var known = wronglyShaped.Select(mismatch => mismatch.Name).Concat(sourceOf.Keys).ToHashSet(StringComparer.Ordinal);
        string[] missing = [.. model.Keys.Where(name => !known.Contains(name))];
        var shapes = missing.ToDictionary(name => name, name => (IReadOnlyList<long>)model[name].shape, StringComparer.Ordinal);
        foreach (string name in unexpected)
            if (weights.TryGet(name, out var entry))
                shapes[name] = entry.Shape;
        return (new(weights.Path, [.. model.Keys.Where(sourceOf.ContainsKey)], missing, unexpected, wronglyShaped) { Shapes = shapes }, sourceOf);
    }

    private static void List(StringBuilder text, string kind, IReadOnlyList<string> names)
    {
        const int shown = 10;
        if (names.Count > 0)
            text.Append($"; {names.Count} {kind}: {string.Join(", ", names.Take(shown))}{(names.Count > shown ? ", …" : "")}");
    }
}
