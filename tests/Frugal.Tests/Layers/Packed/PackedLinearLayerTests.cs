using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Packed;

public sealed class PackedLinearLayerTests : IDisposable
{
    private const int In = 48, Out = 36;

    private readonly DisposeScope scope = NewDisposeScope();

    public static TheoryData<string> Formats => [.. Weights().Keys];

    public static TheoryData<string> DenseFormats => [.. Weights().Keys.Where(format => !format.Contains(' '))];

    [Theory]
    [MemberData(nameof(DenseFormats))]
    public void Computes_what_its_dense_form_computes_within_the_coding_of_inputs(string format)
    {
        using var layer = Layer(format);
        var input = rand(2, 5, In);
        using var dense = layer.ToDense();
        var (packed, expected) = (layer.call(input), dense.call(format == PackedBinary.Format ? input.ge(0).to(float32) : input));
        Assert.Equal([2, 5, Out], packed.shape);
        Assert.InRange(((packed - expected).norm() / expected.norm()).item<float>(), 0, 0.02);
    }

    /// <summary>With the coding of its inputs: the exporter compares the file with the packed layer.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void A_graph_shows_what_it_stands_for(string format)
    {
        string folder = Directory.CreateTempSubdirectory("frugal-packed-").FullName;
        try
        {
            using var layer = Layer(format);
            var graph = Graph.Capture(layer, randn(5, In));
            Assert.Equal(layer.MacsPerRow, graph.Count().Macs);
            Assert.InRange(graph.ExportOnnx(Path.Combine(folder, "layer.onnx")).MaxRelative, 0, 1e-3);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_layer_of_the_same_description_takes_its_arrays(string format)
    {
        using var layer = Layer(format);
        using var copy = new PackedLinearLayer(layer.InFeatures, layer.OutFeatures, layer.Format, [.. layer.Arrays.Select(array => PackedArrayShape.Parse(array.ToString()))], layer.HasBias);
        copy.eval();
        foreach (var (name, buffer) in layer.named_buffers())
            copy.get_buffer(name)!.copy_(buffer);
        var input = randn(3, In);
        Assert.True(copy.call(input).allclose(layer.call(input), rtol: 0, atol: 0));
        Assert.Equal((layer.StoredWeights, layer.NonZeroWeights, layer.MacsPerRow), (copy.StoredWeights, copy.NonZeroWeights, copy.MacsPerRow));
    }

    [Fact]
    public void An_input_that_is_not_contiguous_or_of_another_type_is_converted()
    {
        using var layer = Layer(PackedSparse.Format);
        var input = randn(In, 4);
        var expected = layer.call(input.t().contiguous());
        Assert.True(layer.call(input.t()).allclose(expected, rtol: 0, atol: 0));
        Assert.True(layer.call(input.t().to(float64)).allclose(expected, rtol: 0, atol: 0));
        Assert.Contains("48 inputs got [3, 47]", Assert.Throws<FrugalException>(() => layer.call(randn(3, 47))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_arrays_are_refused_before_a_kernel_sees_them()
    {
        using var filled = Layer(PackedBlockSparse.Format);
        using var layer = new PackedLinearLayer(In, Out, filled.Format, filled.Arrays);
        layer.eval();
        Assert.Throws<FrugalException>(() => layer.call(ones(1, In)));
        using var unknown = new PackedLinearLayer(In, Out, "other", filled.Arrays);
        unknown.eval();
        Assert.Contains("unknown format 'other'", Assert.Throws<FrugalException>(() => unknown.call(ones(1, In))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_of_another_shape_than_the_layer_says_is_refused()
    {
        using var layer = Layer(PackedInt8.Format);
        using var other = new PackedLinearLayer(In, Out + 1, layer.Format, layer.Arrays, hasBias: false);
        other.eval();
        foreach (var array in layer.Arrays)
            other.get_buffer(array.Name)!.copy_(layer.get_buffer(array.Name)!);
        Assert.Contains("holds a weight [36, 48]", Assert.Throws<FrugalException>(() => other.call(ones(1, In))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("values")]
    [InlineData("values:float32")]
    [InlineData(":float32:3")]
    [InlineData("values:float16:3")]
    [InlineData("values:float32:-3")]
    [InlineData("values:float32:99999999999")]
    public void What_is_no_array_is_refused(string text) => Assert.Throws<FormatException>(() => PackedArrayShape.Parse(text));

    public void Dispose() => scope.Dispose();

    private static PackedLinearLayer Layer(string format)
    {
        manual_seed(1);
        var layer = PackedLinearLayer.Of(Weights()[format](), randn(Out));
        layer.eval();
        return layer;
    }

    private static Dictionary<string, Func<IPackedLinear>> Weights() => new()
    {
        [PackedDense.Format] = () => PackedDense.Pack(Values(Out * In), Out, In),
        [PackedSparse.Format] = () => PackedSparse.Pack(Values(Out * In, zeroEvery: 2), Out, In),
        [PackedBlockSparse.Format] = () => PackedBlockSparse.Pack(Values(Out * In), Out, In, 4),
        [PackedInt8.Format] = () => PackedInt8.Pack(Values(Out * In), Out, In),
        [PackedBinary.Format] = () => PackedBinary.Pack(Values(Out * In), Out, In),
        [PackedBinary.Format + " with all parts"] = () => PackedBinary.Pack(
            Values(Out * In), Out, In, scalesRows: true, shift: Values(In), down: Values(3 * In), up: Values(Out * 3)),
        [PackedWeightOnly.Format] = () => PackedWeightOnly.Pack(Values(Out * In), Out, In, bits: 8),
        [PackedNofM.Format] = () => PackedNofM.Pack(Values(Out * In, zeroEvery: 2), Out, In, 2, 4),
        [PackedLowBit.Format] = () => PackedLowBit.Pack(Values(Out * In), Out, In, LowBitValues.Int4),
        [PackedMonarch.Format] = () => PackedMonarch.Pack(Values(4 * 9 * 12), Values(4 * 9 * 9), Out, In, 4, 9, 4),
        [PackedMpo.Format] = () => PackedMpo.Pack([Values(4 * 8 * 2), Values(2 * 9 * 6)], [4, 9], [8, 6], [1, 2, 1], Out, In),
        [PackedLowRank.Format] = () => PackedLowRank.Pack(Values(5 * In), Values(Out * 5), Out, In, 5),
        [PackedLowRankInt8.Format] = () => PackedLowRankInt8.Pack(Values(5 * In), Values(Out * 5), Out, In, 5),
    };

    private static float[] Values(int count, int zeroEvery = int.MaxValue) =>
        [.. Enumerable.Range(0, count).Select(i => i % zeroEvery == 0 && zeroEvery < int.MaxValue ? 0 : MathF.Sin(i * 1.7f) + 0.3f)];
}
