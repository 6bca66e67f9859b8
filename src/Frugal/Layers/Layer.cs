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
public abstract class Layer(string name) : Module<Tensor, Tensor>(name);
