using System.Runtime.CompilerServices;
using TorchSharp.Utils;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>
/// The place in a parent where a child module lives: the members that the parent's forward pass reads, and its entry in the parent's registry.
/// Both must change together, since putting another module into the registry alone would not change what runs.
/// </summary>
internal sealed class ModuleSlot
{
    private readonly Module parent;
    private readonly IReadOnlyList<string> names;
    private readonly IReadOnlyList<MemberHolder> holders;

    private ModuleSlot(string path, Module parent, string name, Module child)
    {
        (Path, this.parent, Child) = (path, parent, child);
        holders = MemberHolder.AllOf(parent, child);
        names = [.. parent.named_children().Where(c => ReferenceEquals(c.module, child)).Select(c => c.name)];
        // One module under several names: with as many members, each member is one name's (a Sequential that holds it twice); otherwise the names share the members.
        if (names.Count > 1 && names.Count == holders.Count)
            (names, holders) = ([name], [holders[names.ToList().IndexOf(name)]]);
    }

    /// <summary>Path from the root.</summary>
    public string Path { get; }

    /// <summary>The module that is there now.</summary>
    public Module Child { get; }

    /// <summary>Finds the slot at a path.</summary>
    /// <exception cref="FrugalException">There is no such path.</exception>
    public static ModuleSlot At(Module root, string path)
    {
        var (parent, name, child) = ModulePath.Resolve(root, path);
        return new(path, parent, name, child);
    }

    /// <summary>Refuses a replacement that the parent's members cannot hold, and says how to widen them.</summary>
    /// <exception cref="FrugalException">No member holds the child, or one is declared too narrowly.</exception>
    public void RequireAccepts(Type replacement)
    {
        string owner = parent.GetType().Name;
        if (holders.Count == 0)
            throw new FrugalException(
                $"'{Path}' cannot be replaced: {owner} keeps it in no field, property, array, list or dictionary of its own, so another module would never run; " +
                $"keep it in a field declared as Module<Tensor, Tensor>");
        foreach (var holder in holders)
        {
            if (!holder.Accepts(replacement))
                throw new FrugalException(
                    $"'{Path}' cannot be replaced by {replacement.Name}: {owner}.{holder.Member} is declared as {holder.Declared}; " +
                    $"declare it as {holder.Widened} and it can hold any layer");
        }
    }

    /// <summary>Puts a module in place, under the same name and at the same position. <see cref="RequireAccepts"/> must have passed.</summary>
    public void Put(Module replacement)
    {
        foreach (string name in names)
            Register(name, replacement);
        foreach (var holder in holders)
            holder.Set(replacement);
    }

    private void Register(string name, Module replacement)
    {
        var registry = Registry(parent);
        int position = registry.IndexOf((name, Child));
        if (position < 0)
            return; // Sequential keeps no registry beside its list.
        registry.Remove(name);
        // Registering also lets the newcomer register its own components; it goes to the end, from where it is moved into place.
        parent.register_module(name, replacement);
        registry.Remove(name);
        registry.Insert(position, (name, replacement));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_internal_submodules")]
    private static extern ref OrderedDict<string, Module> Registry(Module module);
}
