using System.Buffers.Binary;
using System.Text.Json;
using Frugal.Data;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Packed;

/// <summary>What a folder with a packed model must withstand: files that were damaged, cut short, or written by another version.</summary>
public sealed class PackedFileTests : IDisposable
{
    private const string Layer = "layers.fc1";

    private static readonly ImageInfo Grey = new(1, 4, 4, ["a", "b"], [0.0], [1.0]);

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("sparse")]
    [InlineData("int8")]
    public void A_saved_model_gives_the_same_bits(string format)
    {
        string path = Save(format, out var expected);
        using var loaded = ModelFolder.Load(path);
        loaded.eval();
        Assert.True(loaded.call(ones(3, 1, 4, 4)).eq(expected).all().item<bool>());
    }

    [Theory]
    [InlineData("sparse")]
    [InlineData("int8")]
    public void Another_version_is_refused_when_it_is_read(string format)
    {
        string path = Save(format, out _);
        Change(path, $"{Layer}.layout", bytes => bytes[0] = 9);
        string message = Assert.Throws<FrugalException>(() => ModelFolder.Load(path)).Message;
        Assert.Contains($"the weights of {Layer} cannot be used", message, StringComparison.Ordinal);
        Assert.Contains("its version is 9, and this library reads version 1", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("columns", "columns must ascend")]
    [InlineData("counts", "blocks")]
    [InlineData("layout", "")]
    public void Damaged_arrays_are_refused_when_they_are_read(string array, string reason)
    {
        string path = Save("sparse", out _);
        Change(path, $"{Layer}.{array}", bytes => bytes.Fill(0xFF));
        string message = Assert.Throws<FrugalException>(() => ModelFolder.Load(path)).Message;
        Assert.Contains(Layer, message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_was_cut_short_is_refused()
    {
        string path = Save("sparse", out _);
        string file = Path.Combine(path, "model.safetensors");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^8]);
        Assert.Throws<FrugalException>(() => ModelFolder.Load(path));
    }

    [Fact]
    public void A_description_of_another_format_is_refused()
    {
        string path = Save("int8", out _);
        string config = Path.Combine(path, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"int8\"", "\"float3\"", StringComparison.Ordinal));
        Assert.Contains("unknown format 'float3'", Assert.Throws<FrugalException>(() => ModelFolder.Load(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    private string Save(string format, out Tensor output)
    {
        manual_seed(1);
        using var mode = no_grad();
        using var model = new MlpConfig { HiddenSizes = [12] }.FitTo(Grey).Build();
        var dense = (TorchSharp.Modules.Linear)ModuleSurgery.Find(model, Layer);
        float[] weight = [.. dense.weight!.data<float>()];
        ModuleSurgery.Replace(model, Layer, PackedLinearLayer.Of(format == "sparse" ? PackedSparse.Pack(weight, 12, 16) : PackedInt8.Pack(weight, 12, 16), dense.bias));
        model.eval();
        output = model.call(ones(3, 1, 4, 4));
        string path = folder.File("saved");
        ModelFolder.Save(model, path, Grey);
        return path;
    }

    /// <summary>Changes the bytes of one tensor where they stand in the file.</summary>
    private static void Change(string path, string tensor, SpanAction change)
    {
        string file = Path.Combine(path, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        int header = checked((int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
        using var json = JsonDocument.Parse(bytes.AsMemory(8, header));
        var offsets = json.RootElement.GetProperty(tensor).GetProperty("data_offsets");
        int start = offsets[0].GetInt32(), end = offsets[1].GetInt32();
        change(bytes.AsSpan(8 + header + start, end - start));
        File.WriteAllBytes(file, bytes);
    }

    private delegate void SpanAction(Span<byte> bytes);
}
