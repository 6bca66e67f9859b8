using Frugal.Catalogue;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A layer that takes the place of an ordinary one. Its options are its constructor's parameters, and each is also a property of the same name, so
/// that a saved model can describe the layer and rebuild it without the step that put it there.
/// </summary>
/// <param name="name">Short name of the layer.</param>
[CatalogueKind("layer", "layers")]
public abstract class Layer(string name) : Module<Tensor, Tensor>(name);
