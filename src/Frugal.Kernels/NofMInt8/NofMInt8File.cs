using System.Numerics;

namespace Frugal.Kernels;

/// <summary>
/// The file form of N of four weights in 8 bits: <c>layout</c>, <c>scales</c>, <c>values</c> (<c>[out, groups, N]</c>) and <c>places</c> (<c>[out, groups]</c>), for each group the bits of the inputs
/// that its values belong to.
/// </summary>
internal static class NofMInt8File
{
    private const int Ends = 1 << NofMInt8Panels.M;

    public static PackedArrays Export(NofMInt8Panels panels)
    {
        var groups = NofMInt8Panels.Groups(panels.InFeatures);
        var codes = panels.Codes();
        var values = new sbyte[panels.OutFeatures * groups * panels.N];
        var places = new byte[panels.OutFeatures * groups];
        for (var i = 0; i < codes.Length; i++)
        {
            if (codes[i] == 0)
                continue;
            var (group, input) = (i / panels.InFeatures * groups + i % panels.InFeatures / NofMInt8Panels.M, i % panels.InFeatures % NofMInt8Panels.M);
            values[group * panels.N + BitOperations.PopCount(places[group])] = codes[i];
            places[group] |= (byte)(1 << input);
        }
        return new(PackedNofMInt8.Format, new Dictionary<string, PackedArray>
        {
            ["layout"] = PackedLayout.Write(panels.OutFeatures, panels.InFeatures),
            ["scales"] = PackedArray.Of(PackedElement.Float32, panels.Scales),
            ["values"] = PackedArray.Of<sbyte>(PackedElement.Int8, values),
            ["places"] = PackedArray.Of<byte>(PackedElement.UInt8, places),
        });
    }

    /// <exception cref="FrugalException">The arrays contradict each other.</exception>
    public static NofMInt8Panels Import(PackedArrays arrays)
    {
        var (outFeatures, inFeatures) = PackedLayout.Read(arrays, PackedNofMInt8.Format, Int8Panels.MaxInFeatures);
        var groups = NofMInt8Panels.Groups(inFeatures);
        var places = PackedLayout.Read<byte>(arrays, "places", PackedElement.UInt8, (long)outFeatures * groups);
        var values = arrays.Read<sbyte>("values", PackedElement.Int8);
        if (values.Length % places.Length != 0 || values.Length / places.Length is not (>= 1 and <= NofMInt8Panels.MaxN and var n))
            throw arrays.Malformed($"'values' has {values.Length} elements, and {places.Length} or {NofMInt8Panels.MaxN * places.Length} are possible");
        var codes = new sbyte[outFeatures * inFeatures];
        for (var group = 0; group < places.Length; group++)
        {
            int first = group % groups * NofMInt8Panels.M, inputs = Math.Min(NofMInt8Panels.M, inFeatures - first), slot = 0;
            if (places[group] >= Math.Min(Ends, 1 << inputs) || BitOperations.PopCount(places[group]) > n)
                throw arrays.Malformed($"group {group % groups} of output {group / groups} has the places 0x{places[group]:X2}; at most {n} of {inputs} inputs can have a weight");
            for (var input = 0; input < inputs; input++)
                if ((places[group] >> input & 1) != 0)
                    codes[group / groups * inFeatures + first + input] = values[group * n + slot++];
        }
        return new(codes, PackedLayout.ReadScales(arrays, outFeatures), n, outFeatures, inFeatures);
    }
}
