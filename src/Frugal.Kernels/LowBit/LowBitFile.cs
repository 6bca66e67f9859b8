namespace Frugal.Kernels;

/// <summary>
/// The file form of a layer of a few bits: <c>layout</c>, <c>scales</c>, <c>values</c> (what each code stands for) and <c>codes</c>, the bits of the weights
/// one behind the other, rows of whole bytes.
/// </summary>
internal static class LowBitFile
{
    public static PackedArrays Export(LowBitPanels panels)
    {
        var rowBytes = RowBytes(panels.InFeatures, panels.Bits);
        var codes = new byte[panels.OutFeatures * rowBytes];
        for (var output = 0; output < panels.OutFeatures; output++)
            for (var i = 0; i < panels.InFeatures * panels.Bits; i++)
                codes[output * rowBytes + i / 8] |= (byte)((panels.Code(output, i / panels.Bits) >> i % panels.Bits & 1) << i % 8);
        return new(PackedLowBit.Format, new Dictionary<string, PackedArray>
        {
            ["layout"] = PackedLayout.Write(panels.OutFeatures, panels.InFeatures),
            ["scales"] = PackedArray.Of(PackedElement.Float32, panels.Scales),
            ["values"] = PackedArray.Of<int>(PackedElement.Int32, [.. panels.CodeValues.Select(value => (int)value)]),
            ["codes"] = PackedArray.Of<byte>(PackedElement.UInt8, codes),
        });
    }

    /// <exception cref="FrugalException">The arrays contradict each other.</exception>
    public static LowBitPanels Import(PackedArrays arrays)
    {
        var (outFeatures, inFeatures) = PackedLayout.Read(arrays, PackedLowBit.Format, Int8Panels.MaxInFeatures);
        var values = arrays.Read<int>("values", PackedElement.Int32).ToArray();
        if (values.Length is not (4 or 8 or 16))
            throw arrays.Malformed($"'values' has {values.Length} elements, and 4, 8 or 16 are possible");
        if (values.Any(value => value is < -128 or > 128))
            throw arrays.Malformed("one of its values lies outside -128 to 128");
        var bits = int.Log2(values.Length);
        var rowBytes = RowBytes(inFeatures, bits);
        var packed = PackedLayout.Read<byte>(arrays, "codes", PackedElement.UInt8, (long)outFeatures * rowBytes);
        var codes = new byte[outFeatures * inFeatures];
        for (var output = 0; output < outFeatures; output++)
            for (var i = 0; i < inFeatures * bits; i++)
                codes[output * inFeatures + i / bits] |= (byte)((packed[output * rowBytes + i / 8] >> i % 8 & 1) << i % bits);
        return new(
            codes, [.. values.Select(value => (short)value)], PackedLayout.ReadScales(arrays, outFeatures), bits, outFeatures, inFeatures);
    }

    private static int RowBytes(int inFeatures, int bits) => (inFeatures * bits + 7) / 8;
}
