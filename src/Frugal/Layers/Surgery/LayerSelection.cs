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
        var chosen = Of([.. layers.Select(layer => layer.Path)], typeof(T).Name, root.GetName()).ToHashSet();
        return [.. layers.Where(layer => chosen.Contains(layer.Path))];
    }

    /// <summary>The chosen ones among these paths.</summary>
    /// <param name="paths">Paths of the layers that can be chosen.</param>
    /// <param name="kind">What they are, for the message.</param>
    /// <param name="model">Name of the network, for the message.</param>
    /// <exception cref="FrugalException">A pattern matches none of them.</exception>
    internal IReadOnlyList<string> Of(IReadOnlyList<string> paths, string kind, string model)
    {
        var (included, excluded) = (Patterns(include), Patterns(exclude));
        foreach (var pattern in included.Concat(excluded))
        {
            if (pattern.Text != "*" && !paths.Any(pattern.Matches))
                throw Unmatched(model, pattern.Text, kind, paths);
        }
        return [.. paths.Where(path => included.Any(p => p.Matches(path)) && !excluded.Any(p => p.Matches(path)))];
    }

    private static List<NamePattern> Patterns(IReadOnlyList<string> texts) => [.. texts.Select(text => new NamePattern(text))];

    private static FrugalException Unmatched(string model, string pattern, string kind, IReadOnlyList<string> paths)
    {
        const int shown = 12;
        string known = paths.Count == 0
            ? "it has none"
            : $"it has {string.Join(", ", paths.Take(shown))}{(paths.Count > shown ? $" and {paths.Count - shown} more" : "")}";
        return new FrugalException($"'{pattern}' matches no {kind} of {model}: {known}{NearestName.Hint(pattern, paths)}");
    }
}
