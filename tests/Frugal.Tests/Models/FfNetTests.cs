using Frugal.Compression;
using Frugal.Graphs;
using Frugal.Graphs.Counting;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using Frugal.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Adam = Frugal.Training.Optimizers.Adam;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Tests.Models;

public class FfNetTests
{
    private static readonly FfNetConfig tiny = new()
    {
        Widths = [8, 16],
        Depths = [1, 2],
        StemWidth = 8,
        KernelSizes = [7, 3],
        KernelSizes1 = [3, 7],
        KernelSizes2 = [7, 3],
        LayerScale = 0.5,
        NumClasses = 5,
        InChannels = 2,
        ImageSize = 32,
    };

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, generator: generator);
    }

    private static double Largest(Tensor difference) => difference.abs().max().ToDouble();

    /// <summary>Norms with statistics, scales and shifts of their own.</summary>
    private static void Stir(Module module)
    {
        using var mode = no_grad();
        foreach (var norm in module.modules().OfType<BatchNorm2d>())
        {
            norm.running_mean!.normal_(0, 0.5);
            norm.running_var!.uniform_(0.3, 2);
            norm.weight!.uniform_(0.5, 1.5);
            norm.bias!.normal_(0, 0.3);
        }
    }

    [Theory]
    [InlineData("ffnet_tiny")]
    [InlineData("ffblock_k7")]
    [InlineData("ffblock_k3")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "metamixer", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    [Theory]
    [InlineData("ffnet-1", 13_660_152)]
    [InlineData("ffnet-2", 26_908_440)]
    public void Has_the_published_number_of_parameters_once_branches_are_one_convolution_each(string preset, long parameters)
    {
        using var model = ModelCases.Preset(preset).Build();
        long fused = model.parameters().Sum(parameter => parameter.numel());
        foreach (var (_, convolution) in FusedConvolutions.In(model))
        {
            using var one = convolution.Fused();
            fused += one.parameters().Sum(parameter => parameter.numel()) - ((Module)convolution).parameters().Sum(parameter => parameter.numel());
        }
        Assert.Equal(parameters, fused);
    }

    [Fact]
    public void Takes_3_billion_multiply_adds_at_256_pixels()
    {
        using var model = ModelCases.Preset("ffnet-1").Build();
        using var example = zeros(1, 3, 256, 256);
        Assert.Equal(3.0e9, Graph.Capture(model, example).Count().Macs, 0.05e9);
    }

    [Theory]
    [InlineData(32, 4)]
    [InlineData(64, 8)]
    [InlineData(45, 6)]
    public void Halves_the_image_with_the_stem_twice_and_with_each_stage_rounding_up(int side, int expected)
    {
        using var scope = NewDisposeScope();
        using var model = (FfNet)tiny.Build();
        Assert.Equal([1, 16, expected, expected], model.ForwardFeatures(Random(1, 1, 2, side, side)).shape);
    }

    [Fact]
    public void Computes_the_same_when_its_branches_become_one_convolution_each()
    {
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(tiny with { NumClasses = null, InChannels = null, ImageSize = null, HasSqueezeExcite = true }, side: 16);
        Stir(subject.Model);
        subject.Model.eval();
        var input = Random(1, [3, .. subject.Model.InputShape]);
        var before = subject.Model.call(input);
        long parameters = subject.Model.parameters().Sum(parameter => parameter.numel());
        new Reparameterize().Apply(subject);
        Assert.InRange(Largest(subject.Model.call(input) - before), 0, 1e-5 * Math.Max(1, Largest(before)));
        Assert.DoesNotContain(subject.Model.modules(), module => module is IFusedConvolution);
        Assert.True(subject.Model.parameters().Sum(parameter => parameter.numel()) < parameters);
    }

    [Fact]
    public void Of_other_networks_the_norms_behind_convolutions_go_and_outputs_stay()
    {
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(new ResNetConfig { Depths = [1, 1], Width = 8, Stem = ResNetStem.Cifar });
        Stir(subject.Model);
        subject.Model.eval();
        var input = Random(1, [3, .. subject.Model.InputShape]);
        var before = subject.Model.call(input);
        new Reparameterize().Apply(subject);
        Assert.InRange(Largest(subject.Model.call(input) - before), 0, 1e-4 * Math.Max(1, Largest(before)));
        Assert.DoesNotContain(subject.Model.modules(), module => module is BatchNorm2d);
        Assert.Contains("nothing", Assert.Throws<FrugalException>(() => new Reparameterize().Apply(subject)).Message, StringComparison.Ordinal);
        using var other = TinySubject.Of(TinySubject.ConvNet);
        Assert.Throws<FrugalException>(() => new Reparameterize { BranchesOnly = true }.Apply(other));
    }

    public class Fusing
    {
        [Fact]
        public void Two_kernels_sums_the_middle_and_leaves_the_border_to_the_larger()
        {
            using var scope = NewDisposeScope();
            var branches = new BranchedDepthwiseConv2d(3, 6, 2);
            Stir(branches);
            branches.eval();
            var fused = branches.Fused();
            Conv2d large = ((ConvNorm2d)ModuleSurgery.Find(branches, "conv")).Fused(), small = ((ConvNorm2d)ModuleSurgery.Find(branches, "conv1")).Fused();
            var left = fused.weight - large.weight;
            Assert.InRange(Largest(left.narrow(2, 2, 3).narrow(3, 2, 3) - small.weight), 0, 1e-6);
            Assert.Equal(9 * 6, left.ne(0).sum().item<long>());
            var input = Random(1, 2, 3, 9, 11);
            Assert.InRange(Largest(fused.call(input) - branches.call(input)), 0, 1e-5);
        }

        [Fact]
        public void A_norm_before_a_convolution_scales_its_inputs_and_the_shortcut_is_the_identity()
        {
            using var scope = NewDisposeScope();
            var branch = new ShortcutConv2d(5);
            Stir(branch);
            branch.eval();
            var input = Random(1, 2, 5, 4, 4);
            Assert.InRange(Largest(branch.Fused().call(input) - branch.call(input)), 0, 1e-5);
        }

        [Fact]
        public void Refuses_a_norm_before_a_kernel_that_sees_padding()
        {
            using var scope = NewDisposeScope();
            Assert.Contains("1x1", Assert.Throws<FrugalException>(() => ConvolutionFusion.WithNormBefore(nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3, padding: 1))).Message, StringComparison.Ordinal);
        }
    }

    public class Blocks
    {
        private static FfBlock Block(long kernel, long keys, long values, double? layerScale = null) => new(new(4, kernel, keys, values, 2, Activation.Gelu, TokenMixing.KeyValue, false, layerScale, 0));

        // Which pixels of an input the middle pixel of the output depends on: side of the square, or null where it is none.
        private static long Reach(nn.Module<Tensor, Tensor> module)
        {
            var input = Random(2, 1, 4, 21, 21).requires_grad_();
            module.eval();
            module.call(input)[0, TensorIndex.Colon, 10, 10].sum().backward();
            var touched = input.grad!.abs().sum([0, 1]).ne(0);
            long rows = touched.any(1).sum().item<long>();
            Assert.Equal(rows, touched.any(0).sum().item<long>());
            return rows;
        }

        [Theory]
        [InlineData(7, 7, 13)]
        [InlineData(3, 3, 5)]
        [InlineData(1, 1, 1)]
        [InlineData(4, 3, 6)]
        public void Attention_reaches_as_far_as_its_two_kernels(long keys, long values, long reach)
        {
            using var scope = NewDisposeScope();
            Assert.Equal(reach, Reach(new FfnifiedAttention(4, keys, values)));
        }

        [Fact]
        public void With_kernels_of_1_mix_no_space()
        {
            using var scope = NewDisposeScope();
            Assert.Equal(1, Reach(Block(1, 1, 1)));
        }

        [Fact]
        public void Begin_as_the_identity_at_a_layer_scale_of_0()
        {
            using var scope = NewDisposeScope();
            var input = Random(1, 2, 4, 6, 6);
            Assert.Equal(0, Largest(Block(7, 7, 7, layerScale: 0).call(input) - input));
        }

        [Fact]
        public void Without_the_activation_attention_is_linear_between_its_norms()
        {
            using var scope = NewDisposeScope();
            var single = new FfnifiedAttention(4, mixing: TokenMixing.SingleConvolution);
            var two = new FfnifiedAttention(4);
            single.eval();
            two.eval();
            Tensor a = Random(1, 1, 4, 9, 9), b = Random(2, 1, 4, 9, 9);
            double Bend(FfnifiedAttention layer) => Largest(layer.call(a + b) - layer.call(a) - layer.call(b) + layer.call(zeros_like(a)));
            Assert.InRange(Bend(single), 0, 1e-5);
            Assert.True(Bend(two) > 1e-3);
        }

        [Fact]
        public void Squeeze_and_excitation_scales_channels_by_numbers_from_0_to_1()
        {
            using var scope = NewDisposeScope();
            var input = Random(1, 2, 12, 5, 5);
            var ratio = new SqueezeExcite(12).call(input) / input;
            Assert.InRange(Largest(ratio - ratio.mean([2, 3], keepdim: true)), 0, 1e-4);
            Assert.True(ratio.gt(0).logical_and(ratio.lt(1)).all().item<bool>());
        }
    }

    [Fact]
    public void Drops_paths_at_rates_that_rise_over_all_blocks()
    {
        var config = FfNetConfig.FfNet1;
        Assert.Equal(0, config.BlockOf(0, 0, 0).DropPathRate);
        Assert.Equal(0.1, config.BlockOf(3, 1, 13).DropPathRate, 1e-12);
        Assert.Equal(0.1 * 4 / 13, config.BlockOf(2, 0, 4).DropPathRate, 1e-12);
    }

    [Fact]
    public void Refuses_sizes_that_do_not_fit()
    {
        Assert.Contains("multiple", Assert.Throws<FrugalException>(() => (tiny with { Widths = [8, 12] }).Build()).Message, StringComparison.Ordinal);
        Assert.Contains("depths", Assert.Throws<FrugalException>(() => (tiny with { Depths = [1] }).Build()).Message, StringComparison.Ordinal);
        Assert.Contains("kernel-sizes1", Assert.Throws<FrugalException>(() => (tiny with { KernelSizes1 = [3, 3, 3] }).Build()).Message, StringComparison.Ordinal);
        Assert.Contains("odd", Assert.Throws<FrugalException>(() => (tiny with { KernelSizes = [4] }).Build()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Learns_and_learns_on_after_its_branches_are_gone()
    {
        using var subject = TinySubject.Of(tiny with { NumClasses = null, InChannels = null, ImageSize = null, LayerScale = null }, side: 16);
        Train Training(int updates) => new() { Updates = updates, BatchSize = 16, Optimizer = new Adam { Lr = 0.005 } };
        Training(60).Apply(subject);
        double learned = subject.Curve[^1].TrainingLoss;
        new Reparameterize().Apply(subject);
        Training(20).Apply(subject);
        Assert.True(subject.Curve[^1].TrainingLoss < learned + 0.1, $"{learned} before, {subject.Curve[^1].TrainingLoss} after");
    }
}
