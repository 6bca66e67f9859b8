using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>Which family every node of a layer keeps, and with which coefficients. The tensors are the maker's.</summary>
/// <param name="Chosen">Place of the family in the pool, <c>[inputs]</c>, whole numbers.</param>
/// <param name="Errors">Squared error that each family leaves at each node, <c>[inputs, families]</c>; null where none was fitted.</param>
/// <param name="Coefficients">New coefficients <c>[outputs, inputs, n]</c> of each family that is linear in them, for all nodes; empty where the old ones stay.</param>
/// <param name="Constants">What goes to the bias where a node keeps a family, <c>[inputs, families, outputs]</c>; null for nothing.</param>
public sealed record KanSelection(Tensor Chosen, Tensor? Errors, IReadOnlyDictionary<KanFamily, Tensor> Coefficients, Tensor? Constants);
