using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers.Packed;

public sealed class PackedChainLayerTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("frugal-chain-").FullName;

    [Fact]
    public void Computes_what_its_layers_compute_one_by_one()
    {
        var layers = Layers();
        var input = randn(2, 7, 12);
        var expected = input;
        foreach (var layer in layers)
            expected = layer.call(expected);
        using var chain = PackedChainLayer.Of(layers);
        chain.eval();
        Assert.True(chain.call(input).allclose(expected, rtol: 1e-4, atol: 1e-5));
        using var dense = chain.ToDense();
        dense.eval();
        Assert.True(dense.call(input).allclose(expected, rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void An_empty_chain_runs_what_is_put_into_it()
    {
        using var chain = PackedChainLayer.Of(Layers());
        using var copy = new PackedChainLayer(chain.Length);
        copy.eval();
        Assert.Throws<FrugalException>(() => copy.call(ones(1, 12)));
        var layers = Layers();
        for (int i = 0; i < layers.Count; i++)
            Frugal.Layers.Surgery.ModuleSurgery.Replace(copy, $"{i}", layers[i]);
        var input = randn(3, 12);
        chain.eval();
        Assert.True(copy.call(input).allclose(chain.call(input), rtol: 0, atol: 0));
        Frugal.Layers.Surgery.ModuleSurgery.Replace(copy, "2", ReLU());
        Assert.False(copy.call(input).allclose(chain.call(input)));
    }

    [Fact]
    public void A_graph_shows_its_layers_as_what_they_stand_for_and_counts_each_once()
    {
        using var chain = PackedChainLayer.Of(Layers());
        chain.eval();
        var input = randn(3, 12);
        var graph = Graph.Capture(chain, input);
        Assert.Equal(["0.bias", "0.weight", "1.bias", "1.weight", "4.bias", "4.weight"], graph.Parameters.Select(parameter => parameter.Name).Order(StringComparer.Ordinal));
        Assert.Equal(12 * 20 + 20 * 8, graph.Count().Macs);
        Assert.InRange(graph.ExportOnnx(Path.Combine(folder, "chain.onnx")).MaxRelative, 0, 1e-4);
    }

    [Fact]
    public void What_does_not_run_over_spans_is_refused_by_its_place()
    {
        Assert.Contains("cannot run layer 0", Assert.Throws<FrugalException>(() => PackedChainLayer.Of([ReLU()])).Message, StringComparison.Ordinal);
        Assert.Contains("takes 20 columns", Assert.Throws<FrugalException>(() => PackedChainLayer.Of([LayerNorm(12), Layers()[4]])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PackedChainLayer(0));
    }

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static List<Module<Tensor, Tensor>> Layers()
    {
        manual_seed(3);
        var layers = new List<Module<Tensor, Tensor>> { LayerNorm(12, 1e-6), Dense(12, 20), GELU(), Dropout(0.5), Dense(20, 8) };
        layers.ForEach(layer => layer.eval());
        return layers;
    }

    private static PackedLinearLayer Dense(int inFeatures, int outFeatures)
    {
        float[] values = [.. Enumerable.Range(0, inFeatures * outFeatures).Select(i => MathF.Sin(i * 1.3f))];
        var layer = PackedLinearLayer.Of(PackedBlockSparse.Pack(values, outFeatures, inFeatures, 4), randn(outFeatures));
        layer.eval();
        return layer;
    }
}
