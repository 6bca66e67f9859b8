using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>
/// The one place that replaces modules by their path, in any network: children of <c>Sequential</c>, <c>ModuleList</c> and <c>ModuleDict</c>, and those that
/// a class holds in fields, properties, arrays, lists or dictionaries. The newcomer takes over name, position, training mode, device and type; what it replaced is freed.
/// </summary>
public static class ModuleSurgery
{
    /// <summary>The module at a path, e.g. <c>blocks.0.mlp.fc1</c>.</summary>
    /// <exception cref="FrugalException">There is no such path.</exception>
    public static Module Find(Module root, string path) => ModulePath.Resolve(root, path).Child;

    /// <summary>Puts <paramref name="replacement"/> at <paramref name="path"/> and frees what was there, unless the replacement or another path still uses it.</summary>
    /// <exception cref="FrugalException">There is no such path, or the member that holds the module is declared too narrowly; nothing has changed then.</exception>
    public static void Replace(Module root, string path, Module replacement) => ReplaceAll(root, [(path, replacement)]);

    /// <summary>Replaces several modules, or none: everything is checked before anything changes.</summary>
    /// <exception cref="FrugalException">One of the replacements is impossible; the message names it, and nothing has changed.</exception>
    public static void ReplaceAll(Module root, IReadOnlyCollection<(string Path, Module Replacement)> replacements)
    {
        foreach (var (_, old) in Exchange(root, replacements))
            Free(root, old);
    }

    /// <summary>Replaces several modules, or none, and hands back what was there, so that it can be put back.</summary>
    /// <inheritdoc cref="ReplaceAll"/>
    internal static IReadOnlyList<(string Path, Module Old)> Exchange(Module root, IReadOnlyCollection<(string Path, Module Replacement)> replacements)
    {
        ArgumentNullException.ThrowIfNull(replacements);
        var slots = replacements.Select(r => ModuleSlot.At(root, r.Path)).ToList();
        foreach (var (slot, (_, replacement)) in slots.Zip(replacements))
            slot.RequireAccepts(replacement.GetType());
        foreach (var (slot, (_, replacement)) in slots.Zip(replacements))
            Adapt(root, slot.Child, replacement);
        foreach (var (slot, (_, replacement)) in slots.Zip(replacements))
            slot.Put(replacement);
        return [.. slots.Select(slot => (slot.Path, slot.Child))];
    }

    /// <summary>Checks that a module of type <paramref name="replacement"/> can be put at <paramref name="path"/>, before the work of making one.</summary>
    /// <exception cref="FrugalException">It cannot; the message says why and what to change.</exception>
    public static void RequireReplaceable(Module root, string path, Type replacement)
    {
        ArgumentNullException.ThrowIfNull(replacement);
        ModuleSlot.At(root, path).RequireAccepts(replacement);
    }

    private static void Adapt(Module root, Module old, Module replacement)
    {
        replacement.train(old.training);
        if (FirstFloating(old) is { } own)
            MoveTo(replacement, own.device, own.dtype);
        else if (FirstFloating(root) is { } model)
            MoveTo(replacement, model.device, model.dtype);
    }

    private static void MoveTo(Module replacement, Device device, ScalarType type)
    {
        bool fits = TensorsOf(replacement).All(tensor => tensor.device == device && (!tensor.is_floating_point() || tensor.dtype == type));
        if (!fits)
            replacement.to(device, type);
    }

    private static Tensor? FirstFloating(Module module) => TensorsOf(module).FirstOrDefault(tensor => tensor.is_floating_point());

    private static IEnumerable<Tensor> TensorsOf(Module module) => module.parameters().Concat(module.buffers());

    /// <summary>Frees a replaced module, unless it lives on: where the newcomer wraps it or took over its tensors, and where another path shares it.</summary>
    internal static void Free(Module root, Module old)
    {
        var living = new HashSet<Module>(root.modules(), ReferenceEqualityComparer.Instance);
        var tensors = new HashSet<nint>(TensorsOf(root).Select(tensor => tensor.Handle));
        bool shared = living.Contains(old) || old.modules().Any(living.Contains) || TensorsOf(old).Any(tensor => tensors.Contains(tensor.Handle));
        if (!shared)
            old.Dispose();
    }
}
