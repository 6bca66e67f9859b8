namespace Frugal.Kernels;

/// <summary>What the files of formats with whole numbers have in common: <c>layout</c> (version, out, in), <c>scales</c>, and the checks of lengths.</summary>
internal static class PackedLayout
{
    private const int Version = 1;

    public static PackedArray Write(int outFeatures, int inFeatures) =>
        PackedArray.Of<int>(PackedElement.Int32, [Version, outFeatures, inFeatures]);

    /// <exception cref="FrugalException">The arrays are of another format or version, or of a shape that cannot be.</exception>
    public static (int OutFeatures, int InFeatures) Read(PackedArrays arrays, string format, int maxInFeatures)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        if (arrays.Format != format)
            throw arrays.Malformed($"'{format}' is needed");
        var layout = Read<int>(arrays, "layout", PackedElement.Int32, length: 3);
        if (layout[0] != Version)
            throw arrays.Malformed($"its version is {layout[0]}, and this library reads version {Version}");
        var (outFeatures, inFeatures) = (layout[1], layout[2]);
        // Room is left for what rounding up to whole panels adds.
        if (outFeatures < 1 || inFeatures < 1 || inFeatures > maxInFeatures || (outFeatures + 32L) * (inFeatures + 64L) > int.MaxValue)
            throw arrays.Malformed($"its shape is [{outFeatures}, {inFeatures}]");
        return (outFeatures, inFeatures);
    }

    /// <exception cref="FrugalException">The array is absent, of another type, or of another length.</exception>
    public static ReadOnlySpan<T> Read<T>(PackedArrays arrays, string name, PackedElement element, long length) where T : unmanaged
    {
        var values = arrays.Read<T>(name, element);
        if (values.Length != length)
            throw arrays.Malformed($"'{name}' has {values.Length} elements, and {length} are needed");
        return values;
    }

    /// <exception cref="FrugalException">A scale is absent, or no finite number.</exception>
    public static ReadOnlySpan<float> ReadScales(PackedArrays arrays, int outFeatures)
    {
        var scales = Read<float>(arrays, "scales", PackedElement.Float32, outFeatures);
        for (var output = 0; output < scales.Length; output++)
            if (!float.IsFinite(scales[output]))
                throw arrays.Malformed($"the scale of output {output} is {scales[output]}");
        return scales;
    }
}
