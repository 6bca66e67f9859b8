namespace Frugal.Kernels;

/// <summary>
/// The file form of coded weights with plain inputs: <c>layout</c>, <c>grouping</c> (bits, inputs of a group), <c>scales</c> (<c>[out, groups]</c>) and <c>codes</c>, signed, the bits one behind the
/// other, rows of whole bytes.
/// </summary>
internal static class WeightOnlyFile
{
    public static PackedArrays Export(WeightOnlyPanels panels)
    {
        var rowBytes = RowBytes(panels.InFeatures, panels.Bits);
        var codes = new byte[panels.OutFeatures * rowBytes];
        var scales = new float[panels.OutFeatures * panels.Groups];
        for (var output = 0; output < panels.OutFeatures; output++)
        {
            for (var input = 0; input < panels.InFeatures; input++)
                codes[output * rowBytes + input * panels.Bits / 8] |= (byte)((panels.Code(output, input) & ((1 << panels.Bits) - 1)) << input * panels.Bits % 8);
            for (var group = 0; group < panels.Groups; group++)
                scales[output * panels.Groups + group] = panels.Scale(output, group);
        }
        return new(PackedWeightOnly.Format, new Dictionary<string, PackedArray>
        {
            ["layout"] = PackedLayout.Write(panels.OutFeatures, panels.InFeatures),
            ["grouping"] = PackedArray.Of<int>(PackedElement.Int32, [panels.Bits, panels.GroupSize]),
            ["scales"] = PackedArray.Of<float>(PackedElement.Float32, scales),
            ["codes"] = PackedArray.Of<byte>(PackedElement.UInt8, codes),
        });
    }

    /// <exception cref="FrugalException">The arrays contradict each other.</exception>
    public static WeightOnlyPanels Import(PackedArrays arrays)
    {
        var (outFeatures, inFeatures) = PackedLayout.Read(arrays, PackedWeightOnly.Format, PackedWeightOnly.MaxInFeatures);
        var grouping = PackedLayout.Read<int>(arrays, "grouping", PackedElement.Int32, length: 2);
        var (bits, groupSize) = (grouping[0], grouping[1]);
        if (PackedWeightOnly.Fault(bits, groupSize) is { } fault)
            throw arrays.Malformed(fault);
        var groups = WeightOnlyPanels.GroupsOf(inFeatures, groupSize);
        var scales = PackedLayout.Read<float>(arrays, "scales", PackedElement.Float32, (long)outFeatures * groups);
        for (var i = 0; i < scales.Length; i++)
            if (!float.IsFinite(scales[i]))
                throw arrays.Malformed($"the scale of output {i / groups} and group {i % groups} is {scales[i]}");
        var rowBytes = RowBytes(inFeatures, bits);
        var packed = PackedLayout.Read<byte>(arrays, "codes", PackedElement.UInt8, (long)outFeatures * rowBytes);
        var codes = new sbyte[outFeatures * inFeatures];
        for (var output = 0; output < outFeatures; output++)
            for (var input = 0; input < inFeatures; input++)
                codes[output * inFeatures + input] = (sbyte)((sbyte)(packed[output * rowBytes + input * bits / 8] << (8 - bits - input * bits % 8)) >> (8 - bits));
        return new(codes, scales, bits, groupSize, outFeatures, inFeatures);
    }

    private static int RowBytes(int inFeatures, int bits) => (inFeatures * bits + 7) / 8;
}
