using Frugal.Catalogue.Documents;

namespace Frugal.Catalogue.Binding;

/// <summary>
/// Turns documents into objects: kebab-case names into <c>init</c> properties, short names into the catalogued types they stand for. An entry is written as its name
/// (<c>lamb</c>), with options (<c>{ lamb: { lr: 0.01 } }</c>), or with its shorthand option alone (<c>export-onnx: model.onnx</c>); a preset's name stands for its entry
/// with the preset's options.
/// </summary>
/// <param name="catalogue">The entries that may be named; <see cref="CatalogueIndex.Default"/> when null.</param>
/// <param name="naming">How option names are spelled.</param>
public sealed class Binder(CatalogueIndex? catalogue = null, OptionNaming naming = OptionNaming.Kebab)
{
    private readonly CatalogueIndex catalogue = catalogue ?? CatalogueIndex.Default;

    /// <summary>The object that a document describes.</summary>
    /// <typeparam name="T">A kind of entry (<c>Step</c>, <c>ModelConfig</c>), a type with options (<c>Recipe</c>), or a list of either.</typeparam>
    /// <exception cref="BindingException">The document says something that cannot be; up to ten errors with their places.</exception>
    public T Bind<T>(DocumentNode node) => (T)Bind(typeof(T), node);

    /// <inheritdoc cref="Bind{T}(DocumentNode)"/>
    public object Bind(Type type, DocumentNode node) => Run(pass => pass.Value(OptionShape.Of(type), node, "the document"));

    /// <summary>The entry of this name with the options of a mapping, for documents that keep the two apart, such as <c>config.json</c>.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="name">Short name of an entry or a preset.</param>
    /// <param name="options">Its options.</param>
    /// <exception cref="BindingException">There is no such entry, or the options are not right.</exception>
    public T BindEntry<T>(string name, DocumentMapping options) =>
        (T)Run(pass => pass.Named(new OptionShape.Entry(typeof(T), OptionShape.KindOf(typeof(T))!), name, options.Mark, options));

    private object Run(Func<BindingPass, object?> bind)
    {
        var pass = new BindingPass(catalogue, naming);
        object? bound = bind(pass);
        // What a study's defaults say wrong is read in every arm, and said once.
        return pass.Errors.Count == 0 ? bound! : throw new BindingException([.. pass.Errors.Distinct()]);
    }
}
