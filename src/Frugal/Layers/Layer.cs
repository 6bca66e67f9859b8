using Frugal.Catalogue;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A layer that takes the place of an ordinary one. Its options are its constructor's parameters, and each is also a property of the same name and type,
/// so that a saved model can describe the layer and rebuild it without the step that put it there.
/// </summary>
/// <remarks>
/// A layer of your own is a class derived from this one with <c>[Entry("my-layer")]</c>. Whatever a step computes for it goes into parameters and buffers,
/// never into fields that a saved model does not hold.
/// </remarks>
/// <param name="name">Name of the type, for messages.</param>
[CatalogueKind("layer", "layers")]
public abstract class Layer(string name) : Module<Tensor, Tensor>(name)
{
    /// <summary>
    /// The same layer, with fresh weights, for weights of other shapes, e.g. after channels were removed from its input or output; null where its structure does not allow that, so that the
    /// channels around it stay as they are.
    /// </summary>
    /// <param name="shapeOf">The shape that a parameter or buffer will have, by its name in the layer.</param>
    protected internal virtual Layer? Fit(Func<string, IReadOnlyList<long>> shapeOf) => null;
}
