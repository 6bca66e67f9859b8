using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Graphs.Capturing;

/// <summary>A model with the way to run it: how the captured function is called, again where it takes several runs.</summary>
/// <param name="Module">The model.</param>
/// <param name="Forward">Runs it on tensors like the examples.</param>
internal sealed record CapturedModel(Module Module, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> Forward);
