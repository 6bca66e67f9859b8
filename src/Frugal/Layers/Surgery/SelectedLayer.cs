using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>A layer that was chosen for replacement.</summary>
/// <typeparam name="T">Type of the layer.</typeparam>
/// <param name="Path">Its path from the root.</param>
/// <param name="Layer">The layer.</param>
public readonly record struct SelectedLayer<T>(string Path, T Layer) where T : Module;
