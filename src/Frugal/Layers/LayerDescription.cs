using System.Reflection;
using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Binder = Frugal.Catalogue.Binding.Binder;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Layers;

/// <summary>
/// Layers as a document and back, without their weights: <c>{ low-rank-linear: { in-features: 64, out-features: 32, rank: 8, has-bias: true } }</c>. It knows the catalogue's
/// layers, torch's own that a model is usually made of, and sequences of these.
/// </summary>
public static class LayerDescription
{
    private const string Sequence = "sequential";

    /// <summary>The description of a module, or null when it cannot be built from one.</summary>
    public static DocumentMapping? Of(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        var writer = new ObjectWriter(withDefaults: true);
        if (module is Layer && module.GetType().GetCustomAttribute<EntryAttribute>() is { } entry)
            return DocumentMapping.Of(entry.Name, writer.WriteOptions(module));
        if (module.GetType() == typeof(Sequential))
            return OfSequence(module);
        return PlainLayer.Of(module) is { } plain ? DocumentMapping.Of(plain.Name, writer.WriteOptions(plain)) : null;
    }

    /// <summary>A layer with fresh weights.</summary>
    /// <param name="description">What <see cref="Of"/> wrote.</param>
    /// <param name="catalogue">The layers that may be named; the library's own when null.</param>
    /// <exception cref="FrugalException">The description names no layer, or options that cannot be.</exception>
    public static Module<Tensor, Tensor> Build(DocumentNode description, CatalogueIndex? catalogue = null)
    {
        ArgumentNullException.ThrowIfNull(description);
        var binder = new Binder(catalogue ?? CatalogueIndex.Default);
        if (description is not DocumentMapping { Members: [var member] })
            return binder.Bind<Layer>(description);
        if (member.Name == Sequence && member.Value is DocumentMapping children)
            return Sequential(children.Members.Select(child => (child.Name, Build(child.Value, catalogue))));
        return PlainLayer.TypeOf(member.Name) is { } plain ? ((PlainLayer)binder.Bind(plain, member.Value)).Build() : binder.Bind<Layer>(description);
    }

    private static DocumentMapping? OfSequence(Module module)
    {
        var children = module.named_children().Select(child => (child.name, Description: Of(child.module))).ToList();
        return children.All(child => child.Description is not null)
            ? DocumentMapping.Of(Sequence, new DocumentMapping([.. children.Select(child => new DocumentMember(child.name, child.Description!))]))
            : null;
    }
}
