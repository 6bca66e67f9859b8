using Frugal.Layers;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Linear = TorchSharp.Modules.Linear;

namespace Frugal.Models;

/// <summary>Puts layers of signs in the place of a transformer's own (Xing et al. 2024, BiPFT): its attention, the linear layers of its blocks and its table of words. Heads, norms and positions stay.</summary>
internal static class BinaryTransformer
{
    /// <summary>The layers to put in, by path, with the weights of those that they replace.</summary>
    /// <param name="model">The network; it is not changed.</param>
    /// <param name="layers">Which of its parts; an attention counts as one.</param>
    /// <param name="estimatorRank">Rank of the maps that stand for what attention on signs loses; 0 for none.</param>
    /// <param name="generator">Where their first weights come from.</param>
    /// <exception cref="FrugalException">A pattern matches none of the parts, or a part is not the architecture's any more.</exception>
    public static IReadOnlyList<(string Path, Module Replacement)> Of(Model model, LayerSelection layers, int estimatorRank, Generator generator)
    {
        var parts = PartsOf(model, estimatorRank, generator).ToList();
        var chosen = layers.Of([.. parts.Select(part => part.Path)], "part that can become binary", model.GetName()).ToHashSet();
        var made = new List<(string, Module)>();
        try
        {
            foreach (var (path, make) in parts.Where(part => chosen.Contains(part.Path)))
                made.Add((path, make()));
        }
        catch
        {
            made.ForEach(layer => layer.Item2.Dispose());
            throw;
        }
        return made;
    }

    private static IEnumerable<(string Path, Func<Module> Make)> PartsOf(Model model, int estimatorRank, Generator generator)
    {
        var (covered, seen) = (new List<string>(), new HashSet<Module>(ReferenceEqualityComparer.Instance));
        foreach (var (path, module) in ModulePath.Walk(model))
        {
            if (covered.Any(outer => DottedPath.IsBelow(path, outer)) || model.IsOfHead(path) || !seen.Add(module))
                continue;
            // What lies within a layer of ours is that layer's own matter.
            if (module is Layer)
            {
                covered.Add(path);
            }
            else if (module is IBinarizable part && (part.BinaryChild.Length == 0 || ModuleSurgery.Find(model, $"{path}.{part.BinaryChild}") is not Layer))
            {
                string place = part.BinaryChild.Length == 0 ? path : $"{path}.{part.BinaryChild}";
                covered.Add(place);
                yield return (place, () => part.ToBinary(estimatorRank, generator));
            }
            else if (module.GetType() == typeof(Linear))
            {
                yield return (path, () => BinaryLinear.Like(module, path, model.GetName()));
            }
        }
    }
}
