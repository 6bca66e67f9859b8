namespace Frugal.Kernels;

/// <summary>
/// The file form of an N:M weight: <c>layout</c>, <c>pattern</c> (N, M), <c>values</c> (<c>[out, groups, N]</c>) and <c>places</c>, four bits for each value within its group, two to a byte, fifteen
/// for none.
/// </summary>
internal static class NofMFile
{
    public static PackedArrays Export(SparseBlocks rows, int n, int m)
    {
        var (groups, pairs) = ((rows.InFeatures + m - 1) / m, (n + 1) / 2);
        var values = new float[rows.OutFeatures * groups * n];
        var places = new byte[rows.OutFeatures * groups * pairs];
        places.AsSpan().Fill(NofMRows.None << 4 | NofMRows.None);
        for (var output = 0; output < rows.OutFeatures; output++)
            for (int block = rows.Starts.Span[output], group = -1, slot = 0; block < rows.Starts.Span[output + 1]; block++, slot++)
            {
                var column = rows.Column(block);
                if (column / m != group)
                    (group, slot) = (column / m, 0);
                ref var pair = ref places[(output * groups + group) * pairs + slot / 2];
                pair = (byte)(slot % 2 == 0 ? pair & 0xF0 | column % m : pair & 0x0F | column % m << 4);
                values[(output * groups + group) * n + slot] = rows.Values.Span[block];
            }
        return new(PackedNofM.Format, new Dictionary<string, PackedArray>
        {
            ["layout"] = PackedLayout.Write(rows.OutFeatures, rows.InFeatures),
            ["pattern"] = PackedArray.Of<int>(PackedElement.Int32, [n, m]),
            ["values"] = PackedArray.Of<float>(PackedElement.Float32, values),
            ["places"] = PackedArray.Of<byte>(PackedElement.UInt8, places),
        });
    }

    /// <exception cref="FrugalException">The arrays contradict each other.</exception>
    public static (SparseBlocks Rows, int N, int M) Import(PackedArrays arrays)
    {
        var (outFeatures, inFeatures) = PackedLayout.Read(arrays, PackedNofM.Format, PackedNofM.MaxInFeatures);
        var pattern = PackedLayout.Read<int>(arrays, "pattern", PackedElement.Int32, length: 2);
        var (n, m) = (pattern[0], pattern[1]);
        if (PackedNofM.Fault(n, m) is { } fault)
            throw arrays.Malformed(fault);
        var (groups, pairs) = ((inFeatures + m - 1) / m, (n + 1) / 2);
        var values = PackedLayout.Read<float>(arrays, "values", PackedElement.Float32, (long)outFeatures * groups * n);
        var places = PackedLayout.Read<byte>(arrays, "places", PackedElement.UInt8, (long)outFeatures * groups * pairs);
        var (starts, columns, stored) = (new int[outFeatures + 1], new List<int>(), new List<float>());
        for (var output = 0; output < outFeatures; output++)
        {
            for (var group = 0; group < groups; group++)
                for (int slot = 0, above = -1; slot < n; slot++)
                {
                    var place = places[(output * groups + group) * pairs + slot / 2] >> slot % 2 * 4 & 15;
                    var value = values[(output * groups + group) * n + slot];
                    if (place == NofMRows.None && value == 0)
                        continue;
                    if (place <= above || place >= m || group * m + place >= inFeatures)
                        throw arrays.Malformed($"value {slot} of output {output} and group {group} is at place {place}; places must ascend and be below {m}, and columns below {inFeatures}");
                    above = place;
                    columns.Add(group * m + place);
                    stored.Add(value);
                }
            starts[output + 1] = columns.Count;
        }
        return (SparseBlocks.FromChecked(1, outFeatures, inFeatures, starts, columns.ToArray(), stored.ToArray(), hasWindows: false), n, m);
    }
}
