using Frugal.Compression.Packing;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Packed;

public sealed class PackedConv2dLayerTests : IDisposable
{
    private const int In = 6, Out = 10;

    private readonly DisposeScope scope = NewDisposeScope();

    public static TheoryData<string> Formats => [.. Weights.Keys];

    private static Dictionary<string, Func<float[], int, int, IPackedLinear>> Weights { get; } = new()
    {
        [PackedSparse.Format] = (weight, outputs, inputs) => PackedSparse.Pack(weight, outputs, inputs),
        [PackedBlockSparse.Format] = (weight, outputs, inputs) => PackedBlockSparse.Pack(weight, outputs, inputs, 4),
        [PackedInt8.Format] = (weight, outputs, inputs) => PackedInt8.Pack(weight, outputs, inputs),
        [PackedLowBit.Format] = (weight, outputs, inputs) => PackedLowBit.Pack(weight, outputs, inputs, LowBitValues.Int4),
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Computes_what_its_dense_form_computes(string format)
    {
        using var layer = Layer(format, out var expected);
        using var dense = layer.ToDense();
        var input = randn(3, In, 11, 8);
        double most = format is PackedInt8.Format or PackedLowBit.Format ? 0.02 : 1e-5;
        Assert.InRange(RelativeError.Of(layer.call(input), dense.call(input)), 0, most);
        Assert.InRange(RelativeError.Of(layer.call(input.transpose(2, 3)), dense.call(input.transpose(2, 3))), 0, most);
        // Weights of 4 bits are rounded.
        Assert.InRange(RelativeError.Of(layer.call(input), expected.call(input)), 0, format == PackedLowBit.Format ? 0.2 : most);
        // What an image is coded by is its own range.
        Assert.True(layer.call(cat([input * 9, input])).narrow(0, 3, 3).eq(layer.call(input)).all().item<bool>());
    }

    /// <summary>A normalisation in training mode would use other statistics; packing is for evaluation.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void Takes_over_the_normalisation_and_the_activation_behind_it(string format)
    {
        using var folder = new TemporaryFolder();
        using var alone = Layer(format, out _);
        using var norm = nn.BatchNorm2d(Out);
        using var mode = no_grad();
        norm.running_mean!.copy_(randn(Out));
        norm.running_var!.copy_(rand(Out) + 0.1);
        norm.weight!.copy_(randn(Out));
        norm.bias!.copy_(randn(Out));
        norm.eval();
        var input = randn(3, In, 9, 9);
        using var layer = alone.FollowedBy(norm, Frugal.Kernels.Activation.Silu);
        layer.eval();
        Assert.InRange(RelativeError.Of(layer.call(input), nn.functional.silu(norm.call(alone.call(input)))), 0, 1e-5);
        Assert.InRange(Graph.Capture(layer, input).ExportOnnx(folder.File("layer.onnx")).MaxRelative, 0, 1e-3);
        Assert.InRange(RelativeError.Of(((IOrdinaryForm)layer).Ordinary().call(input), layer.call(input)), 0, format is PackedInt8.Format or PackedLowBit.Format ? 0.03 : 1e-5);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_graph_shows_what_it_stands_for(string format)
    {
        using var folder = new TemporaryFolder();
        using var layer = Layer(format, out var dense);
        var graph = Graph.Capture(layer, randn(2, In, 9, 9));
        var pixels = dense.call(zeros(1, In, 9, 9)).numel() / Out;
        Assert.Equal(layer.MacsPerRow * pixels, graph.Count().Macs);
        Assert.Equal(layer.StoredWeights, graph.Count().Parameters);
        Assert.InRange(graph.ExportOnnx(folder.File("layer.onnx")).MaxRelative, 0, 1e-3);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_layer_of_the_same_description_takes_its_arrays(string format)
    {
        using var layer = Layer(format, out _);
        using var copy = (PackedConv2dLayer)Frugal.Layers.LayerDescription.Build(Frugal.Layers.LayerDescription.Of(layer)!);
        copy.eval();
        foreach (var (name, buffer) in layer.named_buffers())
            copy.get_buffer(name)!.copy_(buffer);
        var input = randn(2, In, 7, 7);
        Assert.True(copy.call(input).allclose(layer.call(input), rtol: 0, atol: 0));
    }

    [Fact]
    public void Refuses_what_it_cannot_compute()
    {
        using var layer = Layer(PackedSparse.Format, out _);
        Assert.Contains("6 channels got [2, 5, 9, 9]", Assert.Throws<FrugalException>(() => layer.call(randn(2, 5, 9, 9))).Message, StringComparison.Ordinal);
        Assert.Contains("does not fit", Assert.Throws<FrugalException>(() => layer.call(randn(2, 6, 1, 1))).Message, StringComparison.Ordinal);
        layer.train();
        Assert.Contains("last step", Assert.Throws<FrugalException>(() => layer.call(randn(2, 6, 9, 9))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_of_another_shape_than_the_layer_says_is_refused()
    {
        using var layer = Layer(PackedSparse.Format, out _);
        using var other = new PackedConv2dLayer(In + 1, Out, layer.KernelSize, layer.Format, layer.Arrays);
        other.eval();
        foreach (var array in layer.Arrays)
            other.get_buffer(array.Name)!.copy_(layer.get_buffer(array.Name)!);
        Assert.Contains("holds a weight [10, 36]", Assert.Throws<FrugalException>(() => other.call(ones(1, In + 1, 9, 9))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => scope.Dispose();

    private static PackedConv2dLayer Layer(string format, out TorchSharp.Modules.Conv2d dense)
    {
        manual_seed(3);
        using var mode = no_grad();
        dense = nn.Conv2d(In, Out, (3, 2), (2, 1), (1, 0), (1, 2));
        dense.weight.mul_(rand(Out, In, 3, 2).lt(0.5));
        var shape = PackedConv2dLayer.ShapeOf(In, [3, 2], [2, 1], [1, 0], [1, 2]);
        float[] columns = shape.ToColumns([.. dense.weight.data<float>()], Out);
        var layer = PackedConv2dLayer.Of(Weights[format](columns, Out, shape.InFeatures), shape, dense.bias);
        layer.eval();
        return layer;
    }
}
