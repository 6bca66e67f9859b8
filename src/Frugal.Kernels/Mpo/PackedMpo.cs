using System.Globalization;

namespace Frugal.Kernels;

/// <summary>
/// A linear layer whose weight is a matrix product operator (Tomut et al., 2401.14109): its cores are applied one after the other, each as one matrix product that reads its inputs from where the one before left them.
/// Neighbouring cores whose product costs fewer multiply-adds than they do are multiplied out when the layer is packed.
/// </summary>
/// <remarks>
/// An infinity or NaN in a row of the input reaches all its outputs. The same call gives the same bits for any number of threads. With large bonds an operator takes more multiply-adds than the dense layer that it
/// stands for, whatever the order: <see cref="Obstacle"/> says so.
/// </remarks>
public sealed class PackedMpo : IPackedLinear, IPinnedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "mpo";

    private readonly MpoChain _chain;
    private readonly MpoCores _cores;

    private PackedMpo(MpoChain chain, IReadOnlyList<float[]> cores, int outFeatures, int inFeatures)
    {
        (_chain, OutFeatures, InFeatures) = (chain, outFeatures, inFeatures);
        _cores = new(chain, cores);
    }

    /// <inheritdoc/>
    public int OutFeatures { get; }

    /// <inheritdoc/>
    public int InFeatures { get; }

    /// <summary>Cores that are applied, after neighbours were multiplied out.</summary>
    public int NumCores => _chain.Count;

    /// <inheritdoc/>
    public long StoredWeights => Sum(stage => (long)stage.Depth * stage.Width);

    /// <inheritdoc/>
    public long NonZeros => Sum(stage => stage.Panels.NonZeros);

    /// <inheritdoc/>
    public long MacsPerRow => _chain.MacsPerRow;

    /// <inheritdoc/>
    public long NonZeroMacsPerRow => Sum(stage => stage.Rows * stage.Panels.NonZeros);

    /// <inheritdoc/>
    public long FlushedSubnormals => Sum(stage => stage.Panels.FlushedSubnormals);

    /// <inheritdoc/>
    public long Bytes => Sum(stage => stage.Bytes);

    /// <summary>Why an operator of these sizes is better left unpacked, or null: it cannot be held, or asks for no fewer multiply-adds than the dense layer in any order.</summary>
    /// <param name="outDims">o_1 … o_n.</param>
    /// <param name="inDims">i_1 … i_n.</param>
    /// <param name="bonds">χ_0 … χ_n.</param>
    public static string? Obstacle(ReadOnlySpan<int> outDims, ReadOnlySpan<int> inDims, ReadOnlySpan<int> bonds, int outFeatures, int inFeatures)
    {
        var chain = new MpoChain([.. outDims], [.. inDims], [.. bonds]);
        if (chain.Fault(outFeatures, inFeatures) is { } fault)
            return fault;
        var (macs, dense) = (chain.Merged(MpoOrder.Cheapest(chain, outFeatures, inFeatures)).MacsPerRow, (long)outFeatures * inFeatures);
        return macs < dense ? null : string.Create(CultureInfo.InvariantCulture, $"its cores ask for {macs:N0} multiply-adds a row in the cheapest order, and the dense layer for {dense:N0}");
    }

    /// <summary>Packs the cores; subnormal weights are taken as zeros and counted.</summary>
    /// <param name="cores">G_1 … G_n, each <c>[χ_{k-1}, o_k, i_k, χ_k]</c>.</param>
    /// <param name="outDims">o_1 … o_n, the first slowest; outputs behind <paramref name="outFeatures"/> are cut.</param>
    /// <param name="inDims">i_1 … i_n, the first slowest; inputs are filled up with zeros.</param>
    /// <param name="bonds">χ_0 … χ_n, the outer two of which are 1.</param>
    /// <exception cref="ArgumentException">There are fewer than two cores or more than eight, or the sizes do not fit each other.</exception>
    public static PackedMpo Pack(
        IReadOnlyList<float[]> cores, ReadOnlySpan<int> outDims, ReadOnlySpan<int> inDims, ReadOnlySpan<int> bonds, int outFeatures, int inFeatures)
    {
        ArgumentNullException.ThrowIfNull(cores);
        ArgumentOutOfRangeException.ThrowIfLessThan(outFeatures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(inFeatures, 1);
        var chain = new MpoChain([.. outDims], [.. inDims], [.. bonds]);
        if (chain.Fault(outFeatures, inFeatures) is { } fault)
            throw new ArgumentException($"A matrix product operator of {inFeatures} inputs and {outFeatures} outputs cannot be: {fault}.", nameof(bonds));
        if (cores.Count != chain.Count)
            throw new ArgumentException($"There are {cores.Count} cores, and sizes for {chain.Count}.", nameof(cores));
        for (var core = 0; core < cores.Count; core++)
            if (cores[core].Length != chain.CoreLength(core))
                throw new ArgumentException(
                    $"Core {core} has {cores[core].Length} elements; [{chain.Bonds[core]}, {chain.OutDims[core]}, {chain.InDims[core]}, {chain.Bonds[core + 1]}] needs {chain.CoreLength(core)}.", nameof(cores));
        var cuts = MpoOrder.Cheapest(chain, outFeatures, inFeatures);
        return new(chain.Merged(cuts), MpoOrder.Merge(chain, cores, cuts), outFeatures, inFeatures);
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedMpo Import(PackedArrays arrays)
    {
        var (outFeatures, inFeatures) = PackedLayout.Read(arrays, Format, int.MaxValue);
        var bonds = arrays.Read<int>("bonds", PackedElement.Int32);
        var count = Math.Max(0, bonds.Length - 1);
        var chain = new MpoChain(
            [.. PackedLayout.Read<int>(arrays, "out-dims", PackedElement.Int32, count)], [.. PackedLayout.Read<int>(arrays, "in-dims", PackedElement.Int32, count)], [.. bonds]);
        if (chain.Fault(outFeatures, inFeatures) is { } fault)
            throw arrays.Malformed(fault);
        var cores = Enumerable.Range(0, count).Select(core => PackedLayout.Read<float>(arrays, $"core{core}", PackedElement.Float32, chain.CoreLength(core)).ToArray());
        return new(chain, [.. cores], outFeatures, inFeatures);
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool) =>
        LinearCall.Run(this, input, rows, output, epilogue, pool);

    unsafe void IPinnedLinear.Run(float* input, int rows, in EpilogueStore store, KernelPool pool)
    {
        var task = new MpoTask(_cores, InFeatures, input, rows, store, pool.Level);
        pool.Run(ref task, task.ScratchBytes);
        GC.KeepAlive(_cores);
    }

    /// <summary>Writes the product of the cores, <c>[out, in]</c>.</summary>
    public void Unpack(Span<float> weight)
    {
        LinearArguments.CheckWeight(weight.Length, OutFeatures, InFeatures);
        var product = MpoOrder.Product(_chain, Unpacked(), 0, NumCores);
        for (var output = 0; output < OutFeatures; output++)
            product.AsSpan(output * (int)_chain.In, InFeatures).CopyTo(weight[(output * InFeatures)..]);
    }

    /// <inheritdoc/>
    public PackedArrays Export()
    {
        var arrays = new Dictionary<string, PackedArray>
        {
            ["layout"] = PackedLayout.Write(OutFeatures, InFeatures),
            ["out-dims"] = PackedArray.Of<int>(PackedElement.Int32, _chain.OutDims),
            ["in-dims"] = PackedArray.Of<int>(PackedElement.Int32, _chain.InDims),
            ["bonds"] = PackedArray.Of<int>(PackedElement.Int32, _chain.Bonds),
        };
        foreach (var (core, values) in Unpacked().Index())
            arrays[$"core{core}"] = PackedArray.Of<float>(PackedElement.Float32, values);
        return new(Format, arrays);
    }

    private float[][] Unpacked() => [.. _cores.Stages.ToArray().Select(stage => stage.Core())];

    private long Sum(Func<MpoStage, long> of) => _cores.Stages.ToArray().Sum(of);
}
