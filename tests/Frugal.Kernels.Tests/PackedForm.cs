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
        Dense, Sparse, BlockSparse(4), BlockSparse(8), BlockSparse(16), Int8, Binary, BinaryScalingRows, Ternary, Shift(1), Shift(3), Shift(7), Int4, WeightOnly(4, 32), WeightOnly(8, 64), LowRank, NofM(2, 4), NofM(3, 8), NofMInt8(1), NofMInt8(2),
    ];

    public static PackedForm Dense => new("dense", 1, PackedDense.Pack, row => row);

    public static PackedForm Sparse => new("sparse", 1, PackedSparse.Pack);

    public static PackedForm Int8 => new("int8", 1, PackedInt8.Pack, ScalarQuantizer.Restored);

    public static PackedForm Binary => new(
        "binary", 1, (weight, outFeatures, inFeatures) => PackedBinary.Pack(weight, outFeatures, inFeatures), row => [.. row.Select(Sign)]);

    public static PackedForm BinaryScalingRows => new(
        "binary, rows scaled", 1, (weight, outFeatures, inFeatures) => PackedBinary.Pack(weight, outFeatures, inFeatures, scalesRows: true),
        row =>
        {
            var magnitude = row.Average(Math.Abs);
            return [.. row.Select(value => Sign(value) * magnitude)];
        });

    public static PackedForm Ternary => new(
        "ternary", 1, (weight, outFeatures, inFeatures) => PackedLowBit.Pack(Ternarized(weight), outFeatures, inFeatures, LowBitValues.Ternary),
        ScalarQuantizer.Restored);

    public static PackedForm Int4 => new(
        "int4", 1, (weight, outFeatures, inFeatures) => PackedLowBit.Pack(weight, outFeatures, inFeatures, LowBitValues.Int4), ScalarQuantizer.Restored);

    /// <summary>Weights of a few bits in groups of inputs, and inputs as they are.</summary>
    public static PackedForm WeightOnly(int bits, int groupSize) => new(
        $"weight-only {bits} bits", 1, (weight, outFeatures, inFeatures) => PackedWeightOnly.Pack(weight, outFeatures, inFeatures, bits, groupSize), row => row);

    /// <summary>The <paramref name="n"/> largest weights of every <paramref name="m"/> neighbouring inputs.</summary>
    public static PackedForm NofM(int n, int m) => new(
        $"{n}:{m}", 1, (weight, outFeatures, inFeatures) => PackedNofM.Pack(Largest(weight, inFeatures, n, m), outFeatures, inFeatures, n, m), row => row);

    /// <summary>The same of every four inputs, in 8 bits.</summary>
    public static PackedForm NofMInt8(int n) => new(
        $"{n}:4 int8", 1, (weight, outFeatures, inFeatures) => PackedNofMInt8.Pack(Largest(weight, inFeatures, n, 4), outFeatures, inFeatures, n), ScalarQuantizer.Restored);

    /// <summary>Full rank, with the weight as the second factor.</summary>
    public static PackedForm LowRank => new("low rank", 1, (weight, outFeatures, inFeatures) =>
    {
        var identity = new float[inFeatures * inFeatures];
        for (var i = 0; i < inFeatures; i++)
            identity[i * inFeatures + i] = 1;
        return PackedLowRank.Pack(identity, weight, outFeatures, inFeatures, inFeatures);
    });

    /// <summary>Weights of ±1 to ±2^<paramref name="most"/> times a scale.</summary>
    public static PackedForm Shift(int most) => new(
        $"shift to {1 << most}", 1,
        (weight, outFeatures, inFeatures) => PackedLowBit.Pack(Shifted(weight, most), outFeatures, inFeatures, LowBitValues.Shift), ScalarQuantizer.Restored);

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

    private static float[] Ternarized(ReadOnlySpan<float> weight)
    {
        var scale = Scale(weight);
        return [.. weight.ToArray().Select(value => !float.IsFinite(value) ? value : Math.Abs(value) > scale / 3 ? Sign(value) * scale : 0)];
    }

    private static float[] Shifted(ReadOnlySpan<float> weight, int most)
    {
        var scale = Scale(weight);
        return [.. weight.ToArray().Select(
            value => float.IsFinite(value) ? Sign(value) * MathF.ScaleB(scale, (int)(Math.Abs(value) / scale * 1e4f) % (most + 1)) : value)];
    }

    private static float[] Largest(ReadOnlySpan<float> weight, int inFeatures, int n, int m)
    {
        var kept = weight.ToArray();
        Span<float> sizes = stackalloc float[m];
        Span<int> columns = stackalloc int[m];
        for (var row = 0; row + inFeatures <= kept.Length && inFeatures > 0; row += inFeatures)
            for (var group = 0; group < inFeatures; group += m)
            {
                var count = Math.Min(m, inFeatures - group);
                for (var i = 0; i < count; i++)
                    (sizes[i], columns[i]) = (float.IsFinite(kept[row + group + i]) ? Math.Abs(kept[row + group + i]) : float.PositiveInfinity, row + group + i);
                sizes[..count].Sort(columns[..count]);
                foreach (var column in columns[..Math.Max(0, count - n)])
                    kept[column] = 0;
            }
        return kept;
    }

    private static float Scale(ReadOnlySpan<float> weight) =>
        weight.ToArray().Where(float.IsNormal).Select(Math.Abs).DefaultIfEmpty(1).Max();

    private static float Sign(float value) => value < 0 ? -1 : 1;

    public override string ToString() => Name;
}
