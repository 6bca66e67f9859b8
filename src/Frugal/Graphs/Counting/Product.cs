namespace Frugal.Graphs.Counting;

/// <summary>A matrix product or convolution.</summary>
/// <param name="Macs">Its multiply-adds over the whole batch.</param>
/// <param name="Weight">The operand whose elements all take part equally often, or null where both are activations.</param>
internal readonly record struct Product(long Macs, GraphValue? Weight);
