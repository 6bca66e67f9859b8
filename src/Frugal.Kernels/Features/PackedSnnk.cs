namespace Frugal.Kernels;

/// <summary>
/// A layer of scalable neural network kernels (Sehanobish et al., 2310.13225) as one product: <c>weights · max(projection · input, constant) / √features + bias</c>. What lies between the two products stays in
/// cache, tile by tile.
/// </summary>
/// <remarks>Zeros of both matrices are not multiplied: an infinity or NaN in the input reaches what it has a weight for.</remarks>
public sealed class PackedSnnk : IRowOperator
{
    /// <summary>Positions take 16 bits.</summary>
    private const int MaxFeatures = ushort.MaxValue + 1;

    private const int GroupHeight = 16;

    private readonly SparseBlocks _projection;
    private readonly SparseBlocks _weights;
    private readonly float[] _bias;
    private readonly float _constant;

    private PackedSnnk(SparseBlocks projection, SparseBlocks weights, float[] bias, float constant) => (_projection, _weights, _bias, _constant) = (projection, weights, bias, constant);

    /// <inheritdoc/>
    public int InFeatures => _projection.InFeatures;

    /// <inheritdoc/>
    public int OutFeatures => _weights.OutFeatures;

    /// <summary>Random features between the two products.</summary>
    public int Features => _weights.InFeatures;

    /// <summary>Weights of both matrices that are not zero.</summary>
    public long NonZeros => _projection.NonZeros + _weights.NonZeros;

    /// <summary>Bytes of memory that the layer takes.</summary>
    public long Bytes => _projection.Bytes + _weights.Bytes;

    /// <summary>Packs a layer.</summary>
    /// <param name="projection">G, <c>[features, in]</c>.</param>
    /// <param name="weights">Ψ, <c>[out, features]</c>.</param>
    /// <param name="bias"><c>[out]</c>, copied; empty for none.</param>
    /// <param name="constant">The smallest product with the projection that passes as it is.</param>
    /// <exception cref="ArgumentException">The matrices or the bias do not have these shapes, or a size is above 65,536.</exception>
    public static PackedSnnk Pack(ReadOnlySpan<float> projection, ReadOnlySpan<float> weights, int outFeatures, int inFeatures, int features, ReadOnlySpan<float> bias = default, float constant = 0)
    {
        foreach (var (size, name) in new[] { (inFeatures, nameof(inFeatures)), (features, nameof(features)) })
            if (size is < 1 or > MaxFeatures)
                throw new ArgumentOutOfRangeException(name, size, $"{name} must be from 1 to {MaxFeatures}, since positions take 16 bits; got {size}");
        if (!bias.IsEmpty && bias.Length != outFeatures)
            throw new ArgumentException($"bias has {bias.Length} elements; [out = {outFeatures}] needs {outFeatures}.", nameof(bias));
        var scaled = weights.ToArray();
        foreach (ref var weight in scaled.AsSpan())
            weight = (float)(weight / Math.Sqrt(features));
        return new(
            SparseBlocks.Pack(projection, features, inFeatures, GroupHeight, hasWindows: false), SparseBlocks.Pack(scaled, outFeatures, features, GroupHeight, hasWindows: false), bias.ToArray(), constant);
    }

    /// <inheritdoc/>
    public unsafe void Run(ReadOnlySpan<float> input, int rows, Span<float> output, KernelPool pool)
    {
        var kernel = new FeatureKernel<ReluFeatures>(new(Kernel(_projection), _projection.Groups * GroupHeight, _constant), Kernel(_weights));
        SparseCall.Run(kernel, _weights.Starts.Pointer, _weights.Groups, OutFeatures, InFeatures, input, rows, output, new() { Bias = _bias }, pool);
        GC.KeepAlive(_projection);
        GC.KeepAlive(_weights);
    }

    private static unsafe BlockSparseKernel<ushort> Kernel(SparseBlocks blocks) => new(blocks.Height, blocks.Starts.Pointer, blocks.NarrowColumns!.Pointer, blocks.Values.Pointer);
}
