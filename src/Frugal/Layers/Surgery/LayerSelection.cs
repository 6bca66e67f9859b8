using Frugal.Catalogue;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>Chooses layers of a network by their type and by patterns over their paths (<see cref="NamePattern"/>).</summary>
/// <param name="include">Patterns of which a path must match one; <c>*</c> takes all.</param>
/// <param name="exclude">Patterns of which a path must match none.</param>
public sealed class LayerSelection(IReadOnlyList<string> include, IReadOnlyList<string> exclude)
{
    /// <summary>Every layer.</summary>
    public static LayerSelection All { get; } = new(["*"], []);

    /// <summary>The chosen layers of type <typeparamref name="T"/>, in the order of the network, each once even where paths share it.</summary>
    /// <exception cref="FrugalException">A pattern matches no layer of the type: the network would silently be left as it is, or more of it changed than was meant.</exception>
    public IReadOnlyList<SelectedLayer<T>> Of<T>(Module root) where T : Module => Of<T>(root, _ => true);

    /// <summary>The same among the layers that <paramref name="fits"/> accepts, e.g. convolutions without groups.</summary>
    /// <inheritdoc cref="Of{T}(Module)"/>
    public IReadOnlyList<SelectedLayer<T>> Of<T>(Module root, Func<T, bool> fits) where T : Module
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(fits);
        var seen = new HashSet<Module>(ReferenceEqualityComparer.Instance);
        var layers = ModulePath.Walk(root)
            .Where(m => m.Module is T layer && fits(layer) && seen.Add(layer))
            .Select(m => new SelectedLayer<T>(m.Path, (T)m.Module))
            .ToList();
        var (included, excluded) = (Patterns(include), Patterns(exclude));
        foreach (var pattern in included.Concat(excluded))
        {
            if (pattern.Text != "*" && !layers.Any(layer => pattern.Matches(layer.Path)))
                throw Unmatched(root, pattern.Text, typeof(T), layers.Select(layer => layer.Path).ToList());
        }
        return [.. layers.Where(layer => included.Any(p => p.Matches(layer.Path)) && !excluded.Any(p => p.Matches(layer.Path)))];
    }

    private static List<NamePattern> Patterns(IReadOnlyList<string> texts) => [.. texts.Select(text => new NamePattern(text))];

    private static FrugalException Unmatched(Module root, string pattern, Type type, IReadOnlyList<string> paths)
    {
        const int shown = 12;
        string known = paths.Count == 0
            ? "it has none"
            : $"it has {string.Join(", ", paths.Take(shown))}{(paths.Count > shown ? $" and {paths.Count - shown} more" : "")}";
        return new FrugalException($"'{pattern}' matches no {type.Name} of {root.GetName()}: {known}{NearestName.Hint(pattern, paths)}");
    }
}
