using Frugal.Compression.Packing;
using Frugal.Data;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Studies.Bench;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression.Packing;

/// <summary>A small residual network whose convolutions are pruned, from its layers' trials to its file.</summary>
public sealed class PackedNetworkTests : IDisposable
{
    private static readonly ImageInfo Colour = new(3, 16, 16, [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")], [0.0, 0, 0], [1.0, 1, 1]);

    private readonly DisposeScope scope = NewDisposeScope();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Packing_leaves_what_it_computes(int height)
    {
        using var model = Pruned(height);
        var images = randn(5, 3, 16, 16);
        var before = model.call(images).detach().clone();
        var report = Frugal.Compression.Packing.Packing.Pack(model, randn(2, 3, 16, 16), [1, 2]);
        Assert.True(model.call(images).allclose(before, rtol: 1e-4, atol: 1e-4));
        Assert.Contains(report.Choices, choice => choice.Path == "layer1.0.conv1");
        Assert.All(report.Choices, choice => Assert.NotEqual(choice.Form is null, choice.Reason is null));
    }

    [Theory]
    [InlineData(1, "sparse; int8")]
    [InlineData(4, "sparse; 4x1 blocks; int8")]
    public void Convolutions_take_the_forms_that_they_run(int height, string forms)
    {
        using var model = Pruned(height);
        var packable = PackableLayer.Of(ModuleSurgery.Find(model, "layer1.0.conv1"))!;
        Assert.Equal(forms, string.Join("; ", PackedForms.All.Where(form => form.TryBuild(packable) is not null).Select(form => form.Name)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Convolutions_of_powers_of_two_keep_their_codes(bool isStored)
    {
        manual_seed(5);
        using var mode = no_grad();
        using var dense = nn.Conv2d(6, 8, 3, stride: 2, padding: 1);
        var shift = Frugal.Layers.DenseShiftConv2d.Like(dense, 3);
        Frugal.Layers.Layer layer = isStored ? Frugal.Layers.ShiftConv2d.Of(shift) : shift;
        layer.eval();
        var packable = PackableLayer.Of(layer)!;
        var (form, layerOfForm) = Assert.Single(PackedForms.All.Select(form => (form, packed: form.TryBuild(packable))), pair => pair.packed is not null);
        Assert.Equal("shift", form.Name);
        using var packed = layerOfForm!;
        packed.eval();
        var images = randn(3, 6, 9, 9);
        Assert.InRange(RelativeError.Of(packed.call(images), layer.call(images)), 0, 0.02);
    }

    [Fact]
    public void A_convolution_of_several_groups_is_left_with_the_reason()
    {
        using var model = new Grouped();
        var report = Frugal.Compression.Packing.Packing.Pack(model, randn(2, 4, 8, 8), [1]);
        Assert.Contains("its 4 groups of channels", Assert.Single(report.Choices).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_with_fewer_channels_stays_dense()
    {
        using var model = new ResNetConfig { Depths = [1], Width = 5, Stem = ResNetStem.Cifar }.FitTo(Colour).Build();
        model.eval();
        var report = Frugal.Compression.Packing.Packing.Pack(model, randn(2, 3, 16, 16), [1]);
        Assert.All(report.Choices, choice => Assert.Contains("packing pays from 50", choice.Reason, StringComparison.Ordinal));
    }

    /// <summary>Whether packing pays on this machine just now or not.</summary>
    [Fact]
    public void A_packed_network_is_saved_counted_compared_and_exported_as_any_other()
    {
        using var folder = new TemporaryFolder();
        using var model = Pruned(4);
        var images = randn(3, 3, 16, 16);
        var (before, cost) = (model.call(images).detach().clone(), ModelMeasure.Of(model, Colour));
        PackAll(model);
        Assert.True(model.call(images).allclose(before, rtol: 1e-4, atol: 1e-4));
        var packed = ModelMeasure.Of(model, Colour);
        Assert.Equal((cost.NonZeroParameters, cost.NonZeroMacs), (packed.NonZeroParameters, packed.NonZeroMacs));
        Assert.True(packed.Bytes < 0.4 * cost.Bytes, $"{packed.Bytes} bytes against {cost.Bytes}");

        var expected = model.call(images).detach().clone();
        ModelFolder.Save(model, folder.File("saved"), Colour);
        var loaded = ModelFolder.Load(folder.File("saved"));
        loaded.eval();
        Assert.True(loaded.call(images).allclose(expected, rtol: 0, atol: 0));
        Assert.InRange(Graph.Capture(model, randn(2, 3, 16, 16)).ExportOnnx(folder.File("model.onnx")).MaxRelative, 0, 1e-4);

        using var forms = TwoForms.Of(loaded, [1]);
        Assert.IsType<Conv2d>(ModuleSurgery.Find(forms.Dense, "layer1.0.conv1"));
        Assert.IsType<PackedConv2dLayer>(forms.PackedAt("layer1.0.conv1"));
        Assert.True(forms.Dense.call(images).allclose(expected, rtol: 1e-4, atol: 1e-4));
    }

    public void Dispose() => scope.Dispose();

    private static Model Pruned(int height)
    {
        manual_seed(0);
        var model = new ResNetConfig { Depths = [1, 1], Width = 16, Stem = ResNetStem.Cifar }.FitTo(Colour).Build();
        using var mode = no_grad();
        foreach (var (_, weight) in model.named_parameters().Where(p => p.parameter.dim() == 4 && p.parameter.shape[1] > 3))
            weight.mul_(rand(weight.shape[0] / height, weight.shape[1], weight.shape[2], weight.shape[3]).lt(0.1).repeat_interleave(height, 0));
        model.eval();
        return model;
    }

    private static void PackAll(Model model)
    {
        foreach (var (path, module) in ModulePath.Walk(model).ToList())
            if (module is Conv2d && PackableLayer.Of(module) is { Sparsity: > 0.5 } layer)
            {
                var packed = PackedForms.All.OfType<BlockSparseForm>().Select(form => ((IPackedForm)form).TryBuild(layer)).First(built => built is not null)!;
                packed.eval();
                ModuleSurgery.Replace(model, path, packed);
            }
    }

    private sealed class Grouped : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d depthwise = nn.Conv2d(4, 4, 3, padding: 1, groups: 4);

        public Grouped() : base(nameof(Grouped)) => RegisterComponents();

        public override Tensor forward(Tensor input) => depthwise.call(input);
    }
}
