using System.Text;
using CsCheck;
using Frugal.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Interop.Safetensors;

public class SafetensorsWriterTests
{
    private static byte[] Bytes(IEnumerable<(string, Tensor)> tensors, Dictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    private static SafetensorsPart Part(string name, SafetensorsDtype dtype, long[] shape, byte[] bytes) => new(name, dtype, shape, stream => stream.Write(bytes));

    [Fact]
    public void Bytes_are_the_formats()
    {
        using var x = tensor(new byte[] { 5, 6 });
        using var y = tensor(1.0f);
        var header = """{"__metadata__":{"a":"1"},"y":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"x":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}""";
        var padded = header.PadRight((header.Length + 7) / 8 * 8);
        Assert.Equal([.. BitConverter.GetBytes((long)padded.Length), .. Encoding.ASCII.GetBytes(padded), 0, 0, 0x80, 0x3F, 5, 6],
            Bytes([("x", x), ("y", y)], new() { ["a"] = "1" }));
    }

    [Fact]
    public void Order_of_tensors_and_metadata_does_not_matter()
    {
        using var scope = NewDisposeScope();
        (string, Tensor)[] tensors = [("b", arange(6)), ("a", ones(2, 2)), ("c", zeros(3, dtype: ScalarType.Float64)), ("ä", ones(1))];
        Dictionary<string, string> metadata = new() { ["x"] = "1", ["a"] = "2" };
        Assert.Equal(Bytes(tensors, metadata), Bytes(tensors.Reverse(), metadata.Reverse().ToDictionary()));
    }

    [Fact]
    public void Strided_tensors_are_written_as_they_read()
    {
        using var scope = NewDisposeScope();
        var x = arange(12, dtype: ScalarType.Float32).reshape(3, 4);
        Assert.Equal(Bytes([("x", x.t().contiguous())]), Bytes([("x", x.t())]));
        Assert.Equal(Bytes([("x", x[2].clone())]), Bytes([("x", x[2])]));
        Assert.Equal(Bytes([("x", ones(2, 3))]), Bytes([("x", ones(1).expand(2, 3))]));
        Assert.Equal(Bytes([("x", ones(2))]), Bytes([("x", new TorchSharp.Modules.Parameter(ones(2)))]));
    }

    [Fact]
    public void Names_that_cannot_be_are_refused()
    {
        using var x = ones(1);
        string Refusal(params (string, Tensor)[] tensors) => Assert.Throws<FrugalException>(() => Bytes(tensors)).Message;
        Assert.Contains("__metadata__", Refusal(("__metadata__", x)), StringComparison.Ordinal);
        Assert.Contains("two tensors are called 'x'", Refusal(("x", x), ("x", x)), StringComparison.Ordinal);
        Assert.Contains("surrogate", Refusal(("\ud800", x)), StringComparison.Ordinal);
        Assert.Throws<FrugalException>(() => Bytes([("x", x)], new() { ["key"] = "\udc00" }));
    }

    [Fact]
    public void A_type_without_a_place_in_the_format_is_refused()
    {
        using var x = zeros(2, dtype: ScalarType.ComplexFloat64);
        Assert.Contains("ComplexFloat64", Assert.Throws<FrugalException>(() => Bytes([("x", x)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_that_writes_too_little_is_found_out()
    {
        var part = Part("x", SafetensorsDtype.F32, [2], new byte[7]);
        Assert.Contains("wrote 7 bytes", Assert.Throws<FrugalException>(() => SafetensorsWriter.WriteParts(Stream.Null, [part])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    [InlineData(ScalarType.ComplexFloat32)]
    public void Every_type_of_torch_comes_back(ScalarType type)
    {
        using var scope = NewDisposeScope();
        foreach (long[] shape in new long[][] { [], [0], [5], [3, 0, 2], [2, 3, 4] })
        {
            var count = shape.Aggregate(1L, (product, size) => product * size);
            var original = (arange(count, dtype: ScalarType.Float32) - 2).to_type(type).reshape(shape);
            using var file = SafetensorsFile.Parse(new MemoryStream(Bytes([("x", original)])));
            var read = file.Read("x");
            Assert.Equal(type, read.dtype);
            Assert.Equal(shape, read.shape);
            Assert.Equal(original.bytes, read.bytes);
        }
    }

    /// <summary>T13: 2,000 random sets of all types.</summary>
    [Fact]
    [Trait("Reliability", "T13")]
    public void Random_sets_round_trip()
    {
        string[] awkward = ["a.b.c", "\"quoted\"", "back\\slash", "ключ", "🜁", "new\nline", "", "../../x", "__metadata"];
        var name = Gen.OneOf(Gen.String[0, 12].Where(text => !text.Any(char.IsSurrogate)), Gen.Int[0, awkward.Length - 1].Select(i => awkward[i]));
        var part = Gen.Select(name, Gen.Enum<SafetensorsDtype>(), Gen.Long[0, 4].Array[0, 4], Gen.Byte);
        Gen.Select(part.Array[0, 8], Gen.Dictionary(name, name)[0, 3]).Sample((drawn, metadata) =>
        {
            var parts = drawn.DistinctBy(x => x.Item1).Select(x =>
            {
                // Packed types fill whole bytes when the last dimension is a multiple of four.
                long[] shape = SafetensorsDtypes.BitsOf(x.Item2) < 8 ? [.. x.Item3, 4] : x.Item3;
                var bytes = new byte[new SafetensorsPart(x.Item1, x.Item2, shape, _ => { }).Bytes];
                bytes.AsSpan().Fill(x.Item4);
                return (Part: Part(x.Item1, x.Item2, shape, bytes), Content: bytes);
            }).ToArray();
            using var stream = new MemoryStream();
            SafetensorsWriter.WriteParts(stream, parts.Select(x => x.Part), metadata);
            stream.Position = 0;
            using var file = SafetensorsFile.Parse(stream);
            Assert.Equal(metadata, file.Metadata);
            Assert.Equal(parts.Length, file.Names.Count);
            foreach (var (expected, content) in parts)
            {
                Assert.Equal(expected.Dtype, file[expected.Name].Dtype);
                Assert.Equal(expected.Shape, file[expected.Name].Shape);
                Assert.Equal(content, file.ReadBytes(expected.Name));
                Assert.Equal(0, file[expected.Name].Offset % Math.Max(1, SafetensorsDtypes.BitsOf(expected.Dtype) / 8));
            }
        }, iter: 2_000, threads: 1);
    }

    /// <summary>T8 for this writer.</summary>
    [Fact]
    [Trait("Reliability", "T8")]
    public void A_full_disk_at_64_points_leaves_the_previous_file()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = folder.File("m.safetensors");
        (string, Tensor)[] tensors = [("a", rand(64, 4)), ("b", rand(10)), ("c", arange(20))];
        SafetensorsWriter.Write(path, tensors);
        var previous = File.ReadAllBytes(path);
        for (var point = 0; point < 64; point++)
        {
            var room = (long)previous.Length * point / 64;
            var error = Assert.Throws<FrugalException>(() => AtomicFile.Write(path, stream => SafetensorsWriter.Write(new FaultyStream(stream, room), tensors)));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.Equal(previous, File.ReadAllBytes(path));
            Assert.Single(folder.Names());
        }
    }
}
