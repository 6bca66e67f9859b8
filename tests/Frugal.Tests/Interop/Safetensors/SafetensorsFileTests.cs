using Frugal.Interop;
using static Frugal.Tests.Interop.Safetensors.RawSafetensors;
using static TorchSharp.torch;

namespace Frugal.Tests.Interop.Safetensors;

public class SafetensorsFileTests
{
    private static readonly byte[] two = File(
        "{\"__metadata__\":{\"format\":\"pt\"}," + Tensor("weight", "F32", "[2,3]", "[0,24]") + "," + Tensor("steps", "I64", "[]", "[24,32]") + "}", 32);

    [Fact]
    public void Describes_without_reading_tensors()
    {
        using var file = SafetensorsFile.Parse(new MemoryStream(two));
        Assert.Equal(["weight", "steps"], file.Names);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(SafetensorsDtype.F32, file["weight"].Dtype);
        Assert.Equal([2, 3], file["weight"].Shape);
        Assert.Equal((24L, 8L), (file["steps"].Offset, file["steps"].Bytes));
        Assert.False(file.TryGet("bias", out _));
    }

    [Fact]
    public void Names_what_it_has_when_asked_for_what_it_has_not()
    {
        using var file = SafetensorsFile.Parse(new MemoryStream(two), name: "m.safetensors");
        var error = Assert.Throws<FrugalException>(() => file["bias"]);
        Assert.Equal("m.safetensors has no tensor 'bias'; it has 'weight', 'steps'.", error.Message);
    }

    [Fact]
    public void Reads_from_where_the_stream_stands()
    {
        var stream = new MemoryStream([9, 9, 9, .. two]) { Position = 3 };
        using var file = SafetensorsFile.Parse(stream);
        Assert.Equal(two[^8..], file.ReadBytes("steps"));
    }

    [Fact]
    public void Missing_file_folder_and_device_each_have_their_message()
    {
        using var folder = new TemporaryFolder();
        string Refusal(string path) => Assert.Throws<FrugalException>(() => SafetensorsFile.Open(path)).Message;
        Assert.Contains("there is no such file", Refusal(folder.File("no.safetensors")), StringComparison.Ordinal);
        Assert.Contains("does not exist", Refusal(folder.File("no/no.safetensors")), StringComparison.Ordinal);
        Assert.Contains("it is a folder", Refusal(folder.Path), StringComparison.Ordinal);
        if (System.IO.File.Exists("/dev/zero"))
            Assert.StartsWith("/dev/zero ", Refusal("/dev/zero"), StringComparison.Ordinal);
    }

    /// <summary>T16.</summary>
    [Theory]
    [Trait("Reliability", "T16")]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(7, true)]
    [InlineData(7, false)]
    public void Short_reads_give_the_same(int most, bool canSeek)
    {
        using var whole = SafetensorsFile.Parse(new MemoryStream(two));
        using var bitwise = SafetensorsFile.Parse(new ThrottledStream(two, most, canSeek));
        Assert.Equal(whole.Names, bitwise.Names);
        Assert.Equal(whole.Metadata, bitwise.Metadata);
        foreach (var name in whole.Names)
            Assert.Equal(whole.ReadBytes(name), bitwise.ReadBytes(name));
        using var tensor = bitwise.Read("weight");
        Assert.Equal(whole.ReadBytes("weight"), tensor.bytes.ToArray());
    }

    /// <summary>T16 over every place where a file can be cut.</summary>
    [Fact]
    [Trait("Reliability", "T16")]
    public void Truncation_at_every_byte_is_an_error()
    {
        for (var length = 0; length < two.Length; length++)
            Assert.Throws<FrugalException>(() => SafetensorsFile.Parse(new MemoryStream(two[..length])));
    }

    [Fact]
    public void Tensor_has_the_files_type_shape_and_values()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = folder.File("t.safetensors");
        SafetensorsWriter.Write(path, [("x", tensor(new float[,] { { 1, 2 }, { -3, float.NaN } }))]);
        using var file = SafetensorsFile.Open(path);
        var read = file.Read("x");
        Assert.Equal(ScalarType.Float32, read.dtype);
        Assert.Equal([2, 2], read.shape);
        Assert.Equal([1, 2, -3, float.NaN], read.data<float>().ToArray());
    }

    [Fact]
    public void Type_that_torch_lacks_is_named()
    {
        using var file = SafetensorsFile.Parse(new MemoryStream(File("{" + Tensor("a", "F8_E4M3", "[2]", "[0,2]") + "}", 2)));
        Assert.Contains("F8_E4M3 [2], a type that TorchSharp does not have", Assert.Throws<FrugalException>(() => file.Read("a")).Message, StringComparison.Ordinal);
        Assert.Equal([0, 37], file.ReadBytes("a"));
    }

    [Fact]
    public void Reading_leaks_nothing_when_it_fails()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        System.IO.File.WriteAllBytes(path, two);
        using var file = SafetensorsFile.Open(path);
        using (var shrink = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            shrink.SetLength(two.Length - 32);
        using var scope = NewDisposeScope();
        Assert.Throws<FrugalException>(() => file.Read("weight"));
        Assert.Equal(0, scope.DisposablesCount);
    }
}
