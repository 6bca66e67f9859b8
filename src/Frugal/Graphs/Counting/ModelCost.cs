namespace Frugal.Graphs.Counting;

/// <summary>
/// What one example costs a model. A multiply-add counts 1 (twice as many floating-point operations), and only products of matrices and convolutions have
/// any, attention included, each at its dense size; norms, activations, pooling and other element-wise work count nothing, as is usual.
/// </summary>
/// <param name="Parameters">Number of parameters; buffers are not counted.</param>
/// <param name="Macs">Multiply-adds.</param>
/// <param name="NonZeroMacs">Multiply-adds that remain when those with a weight of zero are skipped.</param>
/// <param name="PeakActivationBytes">Most memory that inputs and intermediate results take at one time, parameters not counted.</param>
/// <param name="Layers">The modules that compute or have parameters, in order of execution.</param>
public sealed record ModelCost(long Parameters, long Macs, long NonZeroMacs, long PeakActivationBytes, IReadOnlyList<LayerCost> Layers);
