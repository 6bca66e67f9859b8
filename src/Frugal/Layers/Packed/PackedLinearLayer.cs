using System.Runtime.InteropServices;
using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Kernels;
using static TorchSharp.torch;

namespace Frugal.Layers.Packed;

/// <summary>
/// The inference form of a pruned linear layer, <c>[…, in]</c> to <c>[…, out]</c>: only what is not zero is stored and multiplied. Its arrays are
/// buffers, so that a packed model saves and loads like any other; what comes from a file is checked before a kernel uses it.
/// </summary>
[Entry("packed-linear")]
[Capabilities(WorksOn = ["Linear"])]
[Unsupported("training", "its weights are packed for inference; train first, pack last")]
public sealed class PackedLinearLayer : Layer, IPackedLayer
{
    // One for all layers: they run one after the other, and threads that wait for one another must not outnumber the cores.
    private static readonly Lazy<KernelPool> Pool = new(() => new KernelPool(Math.Clamp(get_num_threads(), 1, 1024)));

    private readonly Tensor layout, counts, columns, values;
    private readonly Tensor? bias;
    private IPackedLinear? kernel;
    private float[] biasValues = [];

    /// <param name="inFeatures">Columns of the input.</param>
    /// <param name="outFeatures">Columns of the output.</param>
    /// <param name="blockHeight">Neighbouring outputs that share the positions of their weights; 1 without blocks.</param>
    /// <param name="numBlocks">Blocks stored.</param>
    /// <param name="hasBias">Whether a bias is added.</param>
    public PackedLinearLayer(int inFeatures, int outFeatures, int blockHeight, int numBlocks, bool hasBias = true) : base("packed-linear")
    {
        InFeatures = Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        BlockHeight = Guard.Between(blockHeight, 1, 16, nameof(blockHeight));
        NumBlocks = Guard.Between(numBlocks, 0, 10_000_000, nameof(numBlocks));
        HasBias = hasBias;
        layout = zeros(4, int32);
        counts = zeros((outFeatures + blockHeight - 1) / blockHeight, int32);
        // Torch has no unsigned 16-bit type: the columns' bits are carried by signed ones.
        columns = zeros(numBlocks, inFeatures <= ushort.MaxValue + 1 ? int16 : int32);
        values = zeros((long)numBlocks * blockHeight, float32);
        bias = hasBias ? zeros(outFeatures, float32) : null;
        RegisterComponents();
        // The layer owns its arrays, whatever dispose scope is open.
        foreach (var buffer in buffers())
            buffer.DetachFromDisposeScope();
    }

    /// <summary>Columns of the input.</summary>
    [Range(1, 1_000_000)]
    public int InFeatures { get; }

    /// <summary>Columns of the output.</summary>
    [Range(1, 1_000_000)]
    public int OutFeatures { get; }

    /// <summary>Neighbouring outputs that share the positions of their weights; 1 without blocks.</summary>
    [Range(1, 16)]
    public int BlockHeight { get; }

    /// <summary>Blocks stored.</summary>
    [Range(0, 10_000_000)]
    public int NumBlocks { get; }

    /// <summary>Whether a bias is added.</summary>
    public bool HasBias { get; }

    /// <inheritdoc/>
    public long StoredWeights => MacsPerRow + (bias?.numel() ?? 0);

    /// <inheritdoc/>
    public long NonZeroWeights => NonZeroMacsPerRow + (bias?.count_nonzero().item<long>() ?? 0);

    /// <inheritdoc/>
    public long MacsPerRow => (long)NumBlocks * BlockHeight;

    /// <inheritdoc/>
    public long NonZeroMacsPerRow => values.count_nonzero().item<long>();

    private IEnumerable<(string Name, Tensor Array)> Arrays => [("layout", layout), ("counts", counts), ("columns", columns), ("values", values)];

    /// <summary>The layer that holds a packed weight.</summary>
    /// <param name="packed">The packed weight.</param>
    /// <param name="bias">Its bias <c>[out]</c>, or null; copied.</param>
    public static PackedLinearLayer Of(IPackedLinear packed, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(packed);
        var arrays = packed.Export().Arrays;
        int height = MemoryMarshal.Cast<byte, int>(arrays["layout"].Data.Span)[1];
        var layer = new PackedLinearLayer(packed.InFeatures, packed.OutFeatures, height, arrays["columns"].Length, bias is not null);
        foreach (var (name, array) in layer.Arrays)
            arrays[name].Data.Span.CopyTo(array.bytes);
        using var mode = no_grad();
        if (bias is not null)
            layer.bias!.copy_(bias);
        return layer;
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The input has other columns, gradients are asked for, or the arrays that were loaded contradict each other.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (training && is_grad_enabled())
            throw new FrugalException("A packed layer cannot be trained: make `pack` the last step that changes the model.");
        long[] shape = input.shape;
        if (shape.Length == 0 || shape[^1] != InFeatures)
            throw new FrugalException($"A packed layer with {InFeatures} inputs got [{string.Join(", ", shape)}].");
        if (UnpackedLayer.InPlaceOf(this) is { } unpacked)
            return unpacked.Forward(input);
        kernel ??= Import();
        using var scope = NewDisposeScope();
        var rows = input.detach().to(float32, CPU).contiguous();
        var output = empty([.. shape[..^1], OutFeatures], float32);
        kernel.Run(
            MemoryMarshal.Cast<byte, float>(rows.bytes), checked((int)(input.numel() / InFeatures)), MemoryMarshal.Cast<byte, float>(output.bytes),
            new Epilogue { Bias = biasValues }, Pool.Value);
        return output.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The arrays that were loaded contradict each other.</exception>
    public UnpackedLayer? Unpack()
    {
        kernel ??= Import();
        using var mode = no_grad();
        var weight = zeros(OutFeatures, InFeatures, float32).DetachFromDisposeScope();
        kernel.Unpack(MemoryMarshal.Cast<byte, float>(weight.bytes));
        var added = bias?.to(float32, CPU, copy: true).DetachFromDisposeScope();
        var weights = new Dictionary<string, Tensor> { ["weight"] = weight };
        if (added is not null)
            weights["bias"] = added;
        return new(weights, input => nn.functional.linear(input, weight, added));
    }

    private IPackedLinear Import()
    {
        var arrays = Arrays.ToDictionary(array => array.Name, array => new PackedArray(ElementOf(array.Array), (int)array.Array.numel(), array.Array.cpu().bytes.ToArray()));
        biasValues = bias is null ? [] : bias.cpu().data<float>().ToArray();
        return PackedLinear.Import(new PackedArrays(BlockHeight == 1 ? PackedSparse.Format : PackedBlockSparse.Format, arrays));
    }

    private static PackedElement ElementOf(Tensor array) => array.dtype switch
    {
        ScalarType.Float32 => PackedElement.Float32,
        ScalarType.Int16 => PackedElement.UInt16,
        _ => PackedElement.Int32,
    };
}
