namespace Frugal.Kernels.Benchmarks;

/// <summary>A form of the layer and what PERFORMANCE.md, section 6, asks of it: times faster than libtorch fp32 and than ONNX Runtime int8.</summary>
/// <param name="Name">Name in the table.</param>
/// <param name="Density">Share of the weights that are kept.</param>
/// <param name="BlockHeight">Neighbouring outputs that share positions.</param>
/// <param name="OverLibTorch">By rows (1, 32, 197); absent where there is no goal.</param>
/// <param name="OverInt8">By rows (1, 32, 197); absent where there is no goal.</param>
internal sealed record Goal(
    string Name, double Density, int BlockHeight, IReadOnlyDictionary<int, double> OverLibTorch, IReadOnlyDictionary<int, double> OverInt8)
{
    public static IReadOnlyList<Goal> All { get; } =
    [
        new("unstructured 90 %", 0.10, 1, Rows(5, 5.5, 4.5), Rows(1, 1.1, 1)),
        new("unstructured 95 %", 0.05, 1, Rows(10, 10, 7), Rows(null, 2, 1.7)),
        new("4x1 75 %", 0.25, 4, Rows(3, 5, 3.6), Rows(null, 1, null)),
        new("4x1 90 %", 0.10, 4, Rows(6, 10, 7.5), Rows(null, 2, 1.8)),
        new("8x1 90 %", 0.10, 8, Rows(null, null, null), Rows(null, null, null)),
        new("16x1 90 %", 0.10, 16, Rows(null, null, null), Rows(null, null, null)),
    ];

    public IPackedLinear Pack(LayerData data)
    {
        var weight = data.Pruned(Density, BlockHeight);
        return BlockHeight == 1
            ? PackedSparse.Pack(weight, data.OutFeatures, data.InFeatures)
            : PackedBlockSparse.Pack(weight, data.OutFeatures, data.InFeatures, BlockHeight);
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
