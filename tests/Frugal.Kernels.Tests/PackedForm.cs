namespace Frugal.Kernels.Tests;

/// <summary>A packed form under test.</summary>
/// <param name="Name">What test names show.</param>
/// <param name="BlockHeight">Neighbouring outputs that share the positions of their zeros.</param>
/// <param name="Pack">Packs a weight <c>[out, in]</c>.</param>
/// <param name="CodeRow">What a row of inputs becomes before it is multiplied, in obvious code; null for inputs that stay as they are.</param>
internal sealed record PackedForm(string Name, int BlockHeight, PackedForm.Packing Pack, Func<float[], float[]>? CodeRow = null)
{
    public delegate IPackedLinear Packing(ReadOnlySpan<float> weight, int outFeatures, int inFeatures);

    public static IReadOnlyList<PackedForm> All { get; } =
    [
        Sparse, BlockSparse(4), BlockSparse(8), BlockSparse(16), Int8,
    ];

    public static PackedForm Sparse => new("sparse", 1, PackedSparse.Pack);

    public static PackedForm Int8 => new("int8", 1, PackedInt8.Pack, ScalarQuantizer.Restored);

    public static PackedForm BlockSparse(int height) =>
        new($"{height}x1", height, (weight, outFeatures, inFeatures) => PackedBlockSparse.Pack(weight, outFeatures, inFeatures, height));

    /// <summary>The case with inputs and weight as the layer computes with them, for comparison with a scalar loop.</summary>
    public LinearCase Coded(LinearCase random, IPackedLinear layer)
    {
        if (CodeRow is null)
            return random;
        var weight = new float[random.Weight.Length];
        layer.Unpack(weight);
        return random.With([.. random.Input.Chunk(random.InFeatures).SelectMany(CodeRow)], weight);
    }

    public override string ToString() => Name;
}
