namespace Frugal.Kernels.Benchmarks;

/// <summary>A form of the layer and what PERFORMANCE.md, section 6, asks of it: times faster than libtorch fp32 and than ONNX Runtime int8.</summary>
/// <param name="Name">Name in the table.</param>
/// <param name="Weight">The weight <c>[out, in]</c> that the form is packed from.</param>
/// <param name="Pack">Packs that weight.</param>
/// <param name="OverLibTorch">By rows (1, 32, 197); absent where there is no goal.</param>
/// <param name="OverInt8">By rows (1, 32, 197); absent where there is no goal.</param>
/// <param name="CodeInput">What the form makes of an input before it multiplies, where that is the method and not an error.</param>
internal sealed record Goal(
    string Name, Func<LayerData, float[]> Weight, Func<LayerData, float[], IPackedLinear> Pack,
    IReadOnlyDictionary<int, double> OverLibTorch, IReadOnlyDictionary<int, double> OverInt8,
    Func<float, float>? CodeInput = null)
{
    /// <summary>The same layer made of libtorch's operators, for weights in turn or not, and times faster than that by rows; null where that is the dense layer.</summary>
    public (Func<LayerData, bool, Contestant> Peer, IReadOnlyDictionary<int, double> Over)? Naive { get; init; }

    public static IReadOnlyList<Goal> All { get; } =
    [
        Sparse("unstructured 90 %", 0.10, Rows(5, 5.5, 4.5), Rows(1, 1.1, 1)),
        Sparse("unstructured 95 %", 0.05, Rows(10, 10, 7), Rows(null, 2, 1.7)),
        Blocks("4x1 75 %", 0.25, 4, Rows(3, 5, 3.6), Rows(null, 1, null)),
        Blocks("4x1 90 %", 0.10, 4, Rows(6, 10, 7.5), Rows(null, 2, 1.8)),
        Blocks("8x1 90 %", 0.10, 8, None, None),
        Blocks("16x1 90 %", 0.10, 16, None, None),
        new("int8", data => data.Weight, (data, weight) => PackedInt8.Pack(weight, data.OutFeatures, data.InFeatures), None, None),
        new("binary", data => data.Binarized(), (data, weight) => PackedBinary.Pack(weight, data.OutFeatures, data.InFeatures),
            Rows(50, 14, 10), Rows(10, 3, 2.5), value => value < 0 ? -1 : 1),
        LowBit("ternary", data => data.Ternarized(), LowBitValues.Ternary, Rows(12, 4, 3.7), Rows(2.5, 0.9, 0.9)),
        LowBit("shift 3 bit", data => data.Shifted(most: 3), LowBitValues.Shift, Rows(7, 4, 3.7), Rows(1.2, 0.9, 0.9)),
        LowBit("shift 4 bit", data => data.Shifted(most: 7), LowBitValues.Shift, Rows(7, 4, 3.7), Rows(1.2, 0.9, 0.9)),
        LowBit("int4", data => data.Weight, LowBitValues.Int4, None, None),
        Monarch(4, Rows(3.2, 3.6, 3), overNaive: 1.15),
        Monarch(16, Rows(20, 11, 9), overNaive: 1.35),
        Mpo(4),
        Mpo(8),
        new("low rank fp32", data => Unpacked(data.LowRankFloat()), (data, _) => data.LowRankFloat(), Rows(9, 6.4, 6), None),
        new("low rank int8", data => Unpacked(data.LowRank()), (data, _) => data.LowRank(), None, Rows(2, 2.5, 3)),
        new("2:4", data => data.NofM(2, 4), (data, weight) => PackedNofM.Pack(weight, data.OutFeatures, data.InFeatures, 2, 4), Rows(1.6, 1.2, 1.15), None),
        new("2:4 in fours", data => data.NofMInFours(2, 4), (data, weight) => PackedBlockSparse.Pack(weight, data.OutFeatures, data.InFeatures, 4), Rows(1.8, 2.3, 1.9), None),
        new("2:4 int8", data => data.NofM(2, 4), (data, weight) => PackedNofMInt8.Pack(weight, data.OutFeatures, data.InFeatures, 2), None, Rows(1.3, null, null)),
        WeightOnly(8),
        WeightOnly(4),
    ];

    private static Dictionary<int, double> None => [];

    private static Goal Sparse(string name, double density, Dictionary<int, double> overLibTorch, Dictionary<int, double> overInt8) =>
        new(name, data => data.Pruned(density, blockHeight: 1), (data, weight) => PackedSparse.Pack(weight, data.OutFeatures, data.InFeatures), overLibTorch, overInt8);

    private static Goal Blocks(string name, double density, int height, Dictionary<int, double> overLibTorch, Dictionary<int, double> overInt8) =>
        new(name, data => data.Pruned(density, height), (data, weight) => PackedBlockSparse.Pack(weight, data.OutFeatures, data.InFeatures, height), overLibTorch, overInt8);

    private static Goal LowBit(
        string name, Func<LayerData, float[]> weight, LowBitValues values, Dictionary<int, double> overLibTorch, Dictionary<int, double> overInt8) =>
        new(name, weight, (data, packed) => PackedLowBit.Pack(packed, data.OutFeatures, data.InFeatures, values), overLibTorch, overInt8);

    private static Goal WeightOnly(int bits) => new(
        $"weight-only int{bits}", data => data.Weight, (data, weight) => PackedWeightOnly.Pack(weight, data.OutFeatures, data.InFeatures, bits), None, None);

    private static Goal Monarch(int blocks, Dictionary<int, double> overLibTorch, double overNaive) =>
        new($"Monarch {blocks} blocks", data => Unpacked(data.Monarch(blocks)), (data, _) => data.Monarch(blocks), overLibTorch, None)
        {
            Naive = ((data, rotate) => LibTorchLayer.Monarch(data, blocks, rotate), Rows(null, null, overNaive)),
        };

    /// <summary>0.6 of what it saves in multiply-adds, which is the same for a layer and its transpose.</summary>
    private static Goal Mpo(int bond)
    {
        const int Narrow = 768, Wide = 3072;
        var layer = new LayerData(Narrow, Wide, rows: 1);
        var share = 0.6 * Narrow * Wide / layer.Mpo(bond).MacsPerRow;
        return new($"MPO bond {bond}", data => Unpacked(data.Mpo(bond)), (data, _) => data.Mpo(bond), Rows(share, share, share), None)
        {
            Naive = ((data, rotate) => LibTorchLayer.Mpo(data, bond, rotate), Rows(1.3, 1.3, 1.3)),
        };
    }

    private static float[] Unpacked(IPackedLinear layer)
    {
        var weight = new float[layer.OutFeatures * layer.InFeatures];
        layer.Unpack(weight);
        return weight;
    }

    private static Dictionary<int, double> Rows(double? one, double? few, double? many)
    {
        var goals = new Dictionary<int, double>();
        foreach (var (rows, goal) in new[] { (1, one), (32, few), (197, many) })
            if (goal is { } value)
                goals[rows] = value;
        return goals;
    }
}
