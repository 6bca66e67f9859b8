namespace Frugal.Graphs.Counting;

/// <summary>What one example costs a module, apart from its submodules, which have entries of their own.</summary>
/// <param name="Path">Path of the module; empty for the model itself.</param>
/// <param name="Type">Type name of the module.</param>
/// <param name="OutputShape">Shape of its last result in the captured run, batch first; empty when it did not run.</param>
/// <param name="Parameters">Number of parameters registered on it.</param>
/// <param name="Macs">Multiply-adds, over all its calls.</param>
/// <param name="NonZeroMacs">Multiply-adds that remain when those with a weight of zero are skipped.</param>
/// <param name="ActivationBytes">Bytes of the results that it writes; views and in-place updates write none.</param>
public sealed record LayerCost(
    string Path, string Type, IReadOnlyList<long> OutputShape, long Parameters, long Macs, long NonZeroMacs, long ActivationBytes);
