using Frugal.Compression.Packing;
using Frugal.Data;
using Frugal.Layers.Packed;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Compression.Packing;

public sealed class SegmentTests : IDisposable
{
    private static readonly ImageInfo Grey = new(1, 8, 8, ["a", "b"], [0.0], [1.0]);

    private readonly DisposeScope scope = NewDisposeScope();

    [Fact]
    public void A_transformer_block_has_its_normalisations_with_what_follows_them()
    {
        using var model = new VisionTransformerConfig { PatchSize = 4, EmbedDim = 16, Depth = 1, NumHeads = 2 }.FitTo(Grey).Build();
        var segments = Segments(model, randn(2, 1, 8, 8));
        Assert.Equal(["blocks.0.norm1, blocks.0.attn.qkv", "blocks.0.attn.proj", "blocks.0.norm2, blocks.0.mlp", "head"], segments.Select(Tops));
    }

    [Fact]
    public void Layers_in_sequence_are_one_segment_at_the_container_that_holds_them_all()
    {
        using var model = new MlpConfig { HiddenSizes = [12, 10], DropRate = 0.1 }.FitTo(Grey).Build();
        Assert.Equal(["layers", "head"], Segments(model, randn(2, 1, 8, 8)).Select(Tops));
    }

    [Fact]
    public void A_layer_without_a_packed_form_parts_two_segments()
    {
        using var model = Sequential(("a", Linear(4, 4)), ("b", Linear(4, 6)), ("c", ReLU()), ("d", Linear(6, 4)), ("e", ReLU()));
        Assert.Equal(["a", "d, e"], Segments(model, randn(2, 4), call => call.Path != "b").Select(Tops));
    }

    [Fact]
    public void A_layer_that_runs_twice_and_an_activation_that_follows_no_layer_are_in_none()
    {
        var twice = Linear(4, 4);
        using var model = Sequential(("a", ReLU()), ("b", twice), ("c", twice), ("d", Linear(4, 2)));
        Assert.Equal(["d"], Segments(model, randn(2, 4)).Select(Tops));
    }

    [Fact]
    public void What_another_module_takes_too_is_not_between_two_layers_of_a_segment()
    {
        using var model = new Fork();
        Assert.Equal(["first", "second", "third"], Segments(model, randn(2, 4)).Select(Tops));
    }

    [Fact]
    public void A_chain_takes_the_place_of_the_last_layer_and_identities_that_of_the_others()
    {
        using var model = new VisionTransformerConfig { PatchSize = 4, EmbedDim = 16, Depth = 1, NumHeads = 2 }.FitTo(Grey).Build();
        model.eval();
        var images = randn(3, 1, 8, 8);
        using var mode = no_grad();
        var expected = model.call(images);
        using var trace = CallTrace.Of(model, images);
        var trials = trace.Leaves.Where(leaf => leaf.Layer is not null).ToDictionary(leaf => leaf, Packed);
        var units = Segment.Of(trace, trials.ContainsKey).Where(segment => segment.Working.Count() > 1).Select(segment => PackedUnit.TryChain(model, segment, trials)!).ToList();
        Assert.Equal(["blocks.0.attn.qkv", "blocks.0.mlp"], units.Select(unit => unit.Path));
        Assert.All(units, unit => Assert.True(unit.IsChain));
        var network = new WholeNetwork(model);
        Assert.True(network.Output(units, images).allclose(expected, rtol: 1e-4, atol: 1e-5));
        // What was tried is taken back.
        Assert.True(model.call(images).allclose(expected, rtol: 0, atol: 0));
        Assert.DoesNotContain(model.modules(), module => module is PackedChainLayer);
    }

    [Fact]
    public void A_packed_transformer_saves_and_loads()
    {
        using var model = new VisionTransformerConfig { PatchSize = 4, EmbedDim = 16, Depth = 1, NumHeads = 2 }.FitTo(Grey).Build();
        model.eval();
        var images = randn(3, 1, 8, 8);
        using var mode = no_grad();
        using (var trace = CallTrace.Of(model, images))
        {
            var trials = trace.Leaves.Where(leaf => leaf.Layer is not null).ToDictionary(leaf => leaf, Packed);
            foreach (var segment in Segment.Of(trace, trials.ContainsKey).Where(segment => segment.Working.Count() > 1))
                Frugal.Layers.Surgery.ModuleSurgery.ReplaceAll(model, [.. PackedUnit.TryChain(model, segment, trials)!.Replacements]);
        }
        var expected = model.call(images);
        using var folder = new TemporaryFolder();
        ModelFolder.Save(model, folder.Path, Grey);
        using var loaded = ModelFolder.Load(folder.Path);
        loaded.eval();
        Assert.Equal(2, loaded.modules().Count(module => module is PackedChainLayer));
        Assert.True(loaded.call(images).allclose(expected, rtol: 1e-5, atol: 1e-6));
        var (size, before) = (ModelMeasure.Of(loaded, Grey), ModelMeasure.Of(model, Grey));
        Assert.Equal((before.Parameters, before.Macs, before.Bytes), (size.Parameters, size.Macs, size.Bytes));
    }

    public void Dispose() => scope.Dispose();

    private static LayerTrial Packed(TracedCall call)
    {
        var layer = call.Layer!;
        var packed = PackedLinearLayer.Of(Kernels.PackedBlockSparse.Pack(layer.Weight, layer.OutFeatures, layer.InFeatures, 4), layer.Bias);
        packed.eval();
        return new(call, packed, "4x1 blocks", 0, null, null);
    }

    private static IReadOnlyList<Segment> Segments(Module<Tensor, Tensor> model, Tensor input, Func<TracedCall, bool>? isPacked = null)
    {
        model.eval();
        using var trace = CallTrace.Of(model, input);
        return Segment.Of(trace, call => call.Layer is not null && (isPacked?.Invoke(call) ?? true), (model as Model)?.ClassifierPath);
    }

    private static string Tops(Segment segment) => string.Join(", ", segment.Tops.Select(top => top.Path));

    private sealed class Fork : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> first = Linear(4, 4), second = Linear(4, 4), third = Linear(4, 4);

        public Fork() : base(nameof(Fork)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            var both = first.call(input);
            return second.call(both) + third.call(both);
        }
    }
}
