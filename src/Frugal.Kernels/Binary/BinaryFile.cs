namespace Frugal.Kernels;

/// <summary>
/// The file form of a layer of signs: <c>layout</c>, <c>scales</c>, <c>signs</c> (a bit for each weight, set where it is negative, rows of whole bytes),
/// <c>options</c> (whether rows are scaled, whether there is a shift, the rank of the term), and <c>shift</c>, <c>down</c> and <c>up</c>, empty where absent.
/// </summary>
internal static class BinaryFile
{
    private const int MaxInFeatures = 1 << 24;

    public static PackedArrays Export(BinaryPanels panels)
    {
        var rowBytes = RowBytes(panels.InFeatures);
        var signs = new byte[panels.OutFeatures * rowBytes];
        for (var output = 0; output < panels.OutFeatures; output++)
            for (var input = 0; input < panels.InFeatures; input++)
                if (panels.IsNegative(output, input))
                    signs[output * rowBytes + input / 8] |= (byte)(1 << input % 8);
        return new(PackedBinary.Format, new Dictionary<string, PackedArray>
        {
            ["layout"] = PackedLayout.Write(panels.OutFeatures, panels.InFeatures),
            ["options"] = PackedArray.Of<int>(
                PackedElement.Int32, [panels.ScalesRows ? 1 : 0, panels.Thresholds.IsEmpty ? 0 : 1, panels.Term?.Rank ?? 0]),
            ["scales"] = PackedArray.Of<float>(PackedElement.Float32, Negated(panels.Outputs.Scales.Span[..panels.OutFeatures])),
            ["signs"] = PackedArray.Of<byte>(PackedElement.UInt8, signs),
            ["shift"] = PackedArray.Of<float>(PackedElement.Float32, Negated(panels.Thresholds)),
            ["down"] = PackedArray.Of(PackedElement.Float32, panels.Term is null ? default : panels.Term.Down),
            ["up"] = PackedArray.Of<float>(PackedElement.Float32, panels.Term?.Up),
        });
    }

    /// <exception cref="FrugalException">The arrays contradict each other.</exception>
    public static BinaryPanels Import(PackedArrays arrays)
    {
        var (outFeatures, inFeatures) = PackedLayout.Read(arrays, PackedBinary.Format, MaxInFeatures);
        var options = PackedLayout.Read<int>(arrays, "options", PackedElement.Int32, length: 3);
        if (options[0] is < 0 or > 1 || options[1] is < 0 or > 1 || options[2] < 0)
            throw arrays.Malformed($"its options are {options[0]}, {options[1]} and {options[2]}");
        var rowBytes = RowBytes(inFeatures);
        var signs = PackedLayout.Read<byte>(arrays, "signs", PackedElement.UInt8, (long)outFeatures * rowBytes);
        var isNegative = new bool[outFeatures * inFeatures];
        for (var i = 0; i < isNegative.Length; i++)
            isNegative[i] = (signs[i / inFeatures * rowBytes + i % inFeatures / 8] >> i % inFeatures % 8 & 1) != 0;
        return new(
            isNegative, PackedLayout.ReadScales(arrays, outFeatures), outFeatures, inFeatures, options[0] == 1,
            PackedLayout.Read<float>(arrays, "shift", PackedElement.Float32, (long)options[1] * inFeatures),
            PackedLayout.Read<float>(arrays, "down", PackedElement.Float32, (long)options[2] * inFeatures),
            PackedLayout.Read<float>(arrays, "up", PackedElement.Float32, (long)options[2] * outFeatures));
    }

    private static int RowBytes(int inFeatures) => (inFeatures + 7) / 8;

    private static float[] Negated(ReadOnlySpan<float> values)
    {
        var negated = values.ToArray();
        foreach (ref var value in negated.AsSpan())
            value = -value;
        return negated;
    }
}
