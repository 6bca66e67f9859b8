using Frugal.Catalogue;
using Frugal.Catalogue.Documents;
using Frugal.Layers;
using Frugal.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models;

/// <summary>
/// What stood where when a network was built, so that saving can tell which layers were replaced since, by whom or how ever.
/// </summary>
internal sealed class Blueprint
{
    private readonly Dictionary<string, string> signatures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long[]> shapes = new(StringComparer.Ordinal);

    /// <summary>Of a network as it is now.</summary>
    public Blueprint(nn.Module root)
    {
        NoteShapes(root, "");
        Add(root, "");
    }

    /// <summary>Notes a module that belongs to the architecture after all, such as a classifier for another number of classes.</summary>
    public void Note(nn.Module module, string path)
    {
        foreach (string old in signatures.Keys.Where(key => DottedPath.IsWithin(key, path)).ToList())
            signatures.Remove(old);
        signatures[path] = SignatureOf(module);
        Add(module, path);
    }

    /// <summary>The modules of <paramref name="root"/> that are not as they were, by path, each before those within it, with what they are now.</summary>
    /// <exception cref="FrugalException">One of them cannot be described.</exception>
    public IReadOnlyList<(string Path, DocumentMapping Description)> Replaced(nn.Module root)
    {
        var replaced = new List<(string, DocumentMapping)>();
        // Layers are rebuilt for comparison, which must not move the stream that training draws from.
        using var generator = new KeptRandomState();
        Compare(root, "", "", replaced);
        return replaced;
    }

    /// <summary>The tensors of modules that cannot be described by sizes, e.g. of the network itself, that have others than they had: the new sizes by dimension.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<int, long>> Resized(nn.Module root)
    {
        var resized = new Dictionary<string, IReadOnlyDictionary<int, long>>();
        foreach (var (name, tensor) in root.state_dict())
        {
            if (shapes.TryGetValue(name, out long[]? was) && was.Length == tensor.dim() && !was.SequenceEqual(tensor.shape))
                resized[name] = Enumerable.Range(0, was.Length).Where(dimension => was[dimension] != tensor.shape[dimension]).ToDictionary(dimension => dimension, dimension => tensor.shape[dimension]);
        }
        return resized;
    }

    private void NoteShapes(nn.Module module, string path)
    {
        if (LayerDescription.Of(module) is not null)
            return;
        foreach (var (name, tensor) in module.named_parameters(recurse: false).Select(own => (own.name, (Tensor)own.parameter)).Concat(module.named_buffers(recurse: false).Select(own => (own.name, own.buffer))))
            shapes[Join(path, name)] = tensor.shape;
    }

    private void Compare(nn.Module parent, string path, string original, List<(string, DocumentMapping)> replaced)
    {
        foreach (var (name, child) in parent.named_children())
        {
            var (here, there) = (Join(path, name), Join(original, name));
            if (signatures.TryGetValue(there, out string? signature) && signature == SignatureOf(child))
            {
                Compare(child, here, there, replaced);
                continue;
            }
            var description = LayerDescription.Of(child) ?? throw new FrugalException(
                $"The model cannot be saved: {here} ({child.GetType().Name}) is not what its architecture has there, and could not be rebuilt from a file. " +
                $"Derive the layer from {nameof(Layer)} and mark it [Entry(\"its-name\")].");
            replaced.Add((here, description));
            using var rebuilt = LayerDescription.Build(description, CatalogueIndex.Default.With(child.GetType().Assembly));
            new Blueprint(rebuilt).Compare(child, here, "", replaced);
        }
    }

    private void Add(nn.Module parent, string path)
    {
        foreach (var (name, child) in parent.named_children())
        {
            string here = Join(path, name);
            signatures[here] = SignatureOf(child);
            NoteShapes(child, here);
            Add(child, here);
        }
    }

    // Of a sequence only the names count, since its children are compared one by one; of a type that nobody can describe, the type.
    private static string SignatureOf(nn.Module module) =>
        module.GetType() != typeof(Sequential) && LayerDescription.Of(module) is { } description
            ? description.ToString()
            : $"{module.GetType().FullName}({string.Join(", ", module.named_children().Select(child => child.name))})";

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
