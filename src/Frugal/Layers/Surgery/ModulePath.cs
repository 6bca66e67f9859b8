using Frugal.Catalogue;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>Finds modules by the dotted path under which <c>named_modules</c> lists them.</summary>
internal static class ModulePath
{
    /// <summary>The module that holds the last part of the path, the name of that part, and the module there.</summary>
    /// <exception cref="FrugalException">There is no such path.</exception>
    public static (Module Parent, string Name, Module Child) Resolve(Module root, string path)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (parent, rest, walked) = (root, path, "");
        while (true)
        {
            // A child's name may itself hold dots: TorchSharp's Sequential allows it.
            var (name, child) = parent.named_children().Where(c => IsHeadOf(c.name, rest)).OrderByDescending(c => c.name.Length).FirstOrDefault();
            if (child is null)
                throw NotFound(root, path, parent, walked);
            if (name.Length == rest.Length)
                return (parent, name, child);
            (parent, rest, walked) = (child, rest[(name.Length + 1)..], walked.Length == 0 ? name : $"{walked}.{name}");
        }
    }

    /// <summary>All modules below the root, each before its children, in the order of their registration; <c>named_modules</c> goes level by level.</summary>
    public static IEnumerable<(string Path, Module Module)> Walk(Module root)
    {
        foreach (var (name, child) in root.named_children())
        {
            yield return (name, child);
            foreach (var (path, module) in Walk(child))
                yield return ($"{name}.{path}", module);
        }
    }

    private static bool IsHeadOf(string name, string path) =>
        path.StartsWith(name, StringComparison.Ordinal) && (path.Length == name.Length || path[name.Length] == '.');

    private static FrugalException NotFound(Module root, string path, Module parent, string walked)
    {
        var children = parent.named_children().Select(c => c.name).ToList();
        string where = walked.Length == 0 ? root.GetName() : $"{walked} ({parent.GetName()})";
        string known = children.Count == 0 ? "has no modules" : $"has {string.Join(", ", children.Take(20))}{(children.Count > 20 ? ", …" : "")}";
        return new FrugalException($"{root.GetName()} has no module '{path}': {where} {known}{NearestName.Hint(path, Walk(root).Select(m => m.Path))}");
    }
}
