using System.Runtime.InteropServices;

namespace Frugal.Kernels.Tests;

public class PackedArraysTests
{
    private static readonly LinearCase Layer = new(rows: 3, outFeatures: 10, inFeatures: 12, density: 0.4, blockHeight: 4, seed: 1);

    public static TheoryData<string, string> Contradictions => new()
    {
        { "version", "version is 2" },
        { "height", "block height is 5" },
        { "no outputs", "shape is [0, 12]" },
        { "huge", "shape is [2147483647, 2147483647]" },
        { "short layout", "'layout' has 3 numbers" },
        { "missing", "array 'columns' is missing" },
        { "type", "'values' holds Int32" },
        { "bytes", "'values' says" },
        { "negative length", "'values' says -1" },
        { "few counts", "'counts' has 2 numbers for 3 groups" },
        { "negative count", "group 0 has -1 blocks" },
        { "large count", "group 0 has 13 blocks" },
        { "counts and values", "values for" },
        { "few columns", "columns for" },
        { "column beyond", "is at column 12" },
        { "column far beyond", "is at column 65535" },
        { "same column twice", "columns must ascend" },
        { "padding", "values for outputs behind the last" },
        { "format", "'block-sparse' is needed" },
    };

    [Theory, MemberData(nameof(Contradictions))]
    public void A_contradiction_is_refused_with_what_is_wrong(string kind, string message)
    {
        var arrays = Export();
        switch (kind)
        {
            case "version": Set(arrays, "layout", 0, 2); break;
            case "height": Set(arrays, "layout", 1, 5); break;
            case "no outputs": Set(arrays, "layout", 2, 0); break;
            case "huge": Set(arrays, "layout", 2, int.MaxValue); Set(arrays, "layout", 3, int.MaxValue); break;
            case "short layout": arrays["layout"] = Cut(arrays["layout"]); break;
            case "missing": arrays.Remove("columns"); break;
            case "type": arrays["values"] = arrays["values"] with { Element = PackedElement.Int32 }; break;
            case "bytes": arrays["values"] = arrays["values"] with { Data = arrays["values"].Data[1..] }; break;
            case "negative length": arrays["values"] = arrays["values"] with { Length = -1 }; break;
            case "few counts": arrays["counts"] = Cut(arrays["counts"]); break;
            case "negative count": Set(arrays, "counts", 0, -1); break;
            case "large count": Set(arrays, "counts", 0, 13); break;
            case "counts and values": arrays["values"] = Cut(arrays["values"]); break;
            case "few columns": arrays["columns"] = Cut(arrays["columns"]); break;
            case "column beyond": SetColumn(arrays, arrays["columns"].Length - 1, 12); break;
            case "column far beyond": SetColumn(arrays, 0, ushort.MaxValue); break;
            case "same column twice": SetColumn(arrays, 1, Column(arrays, 0)); break;
            case "padding": Set(arrays, "values", arrays["values"].Length - 1, BitConverter.SingleToInt32Bits(1)); break;
            case "format": Require(() => PackedBlockSparse.Import(new(PackedSparse.Format, arrays)), message); return;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
        Require(() => PackedBlockSparse.Import(new(PackedBlockSparse.Format, arrays)), message);
    }

    [Fact]
    public void An_unknown_format_is_refused() => Require(() => PackedLinear.Import(new("zip", Export())), "unknown format 'zip'");

    [Fact]
    public void Arrays_may_lie_anywhere_in_memory()
    {
        var shifted = Export().ToDictionary(
            pair => pair.Key,
            pair => pair.Value with { Data = new byte[] { 0 }.Concat(pair.Value.Data.ToArray()).ToArray().AsMemory(1) });
        using var pool = new KernelPool(1);
        Layer.RequireCorrect(Layer.Run(PackedLinear.Import(new(PackedBlockSparse.Format, shifted)), pool));
    }

    /// <summary>What is accepted must be safe to run; everything else must be refused in the one way.</summary>
    [Fact]
    public void Damaged_arrays_are_refused_or_safe()
    {
        using var pool = new KernelPool(1);
        using var input = new GuardedMemory(4096);
        var random = new Random(5);
        int accepted = 0, refused = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var arrays = Export();
            for (var damage = random.Next(1, 3); damage > 0; damage--)
                Damage(arrays, random);
            IPackedLinear layer;
            try
            {
                layer = PackedLinear.Import(new(PackedBlockSparse.Format, arrays));
            }
            catch (FrugalException)
            {
                refused++;
                continue;
            }
            accepted++;
            if ((long)layer.InFeatures * layer.OutFeatures < 1000)
                foreach (var rows in new[] { 1, 3 })
                    layer.Run(input.AtEnd(rows * layer.InFeatures), rows, new float[rows * layer.OutFeatures], default, pool);
        }
        // A damage that is always or never noticed would try nothing.
        Assert.True(accepted > 500 && refused > 5000, $"{accepted} accepted, {refused} refused");
    }

    private static void Damage(Dictionary<string, PackedArray> arrays, Random random)
    {
        var name = arrays.Keys.ElementAt(random.Next(arrays.Count));
        var array = arrays[name];
        var data = array.Data.ToArray();
        if (data.Length == 0)
            return;
        switch (random.Next(6))
        {
            case 0: data[random.Next(data.Length)] ^= (byte)(1 << random.Next(8)); break;
            case 1: data[random.Next(data.Length)] = (byte)random.Next(256); break;
            case 2: data = data[..random.Next(data.Length)]; break;
            case 3: array = array with { Length = random.Next(-2, array.Length + 3) }; break;
            case 4: array = array with { Element = (PackedElement)random.Next(3) }; break;
            default: random.Shuffle(data); break;
        }
        arrays[name] = array with { Data = data };
    }

    private static Dictionary<string, PackedArray> Export() =>
        new(PackedBlockSparse.Pack(Layer.Weight, Layer.OutFeatures, Layer.InFeatures, blockHeight: 4).Export().Arrays);

    private static void Require(Action import, string message) => Assert.Contains(message, Assert.Throws<FrugalException>(import).Message);

    private static PackedArray Cut(PackedArray array) =>
        array with { Length = array.Length - 1, Data = array.Data[..^PackedArray.ElementBytes(array.Element)] };

    private static void Set(Dictionary<string, PackedArray> arrays, string name, int index, int value)
    {
        var data = arrays[name].Data.ToArray();
        MemoryMarshal.Cast<byte, int>(data.AsSpan())[index] = value;
        arrays[name] = arrays[name] with { Data = data };
    }

    private static void SetColumn(Dictionary<string, PackedArray> arrays, int index, int value)
    {
        var data = arrays["columns"].Data.ToArray();
        MemoryMarshal.Cast<byte, ushort>(data.AsSpan())[index] = (ushort)value;
        arrays["columns"] = arrays["columns"] with { Data = data };
    }

    private static int Column(Dictionary<string, PackedArray> arrays, int index) =>
        MemoryMarshal.Cast<byte, ushort>(arrays["columns"].Data.Span)[index];
}
