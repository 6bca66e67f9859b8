using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers.Sparse;

public static class SparseLayerTests
{
    private static (Layer Layer, Tensor Input) Convolution(double keep) =>
        (SparseConv2d.Of(Conv2d(4, 6, 3, padding: 1, bias: true), keep, keepsOne: true), randn(2, 4, 5, 5));

    private static (Layer Layer, Tensor Input) Dense(double keep) => (SparseLinear.Of(Linear(9, 7), keep, keepsOne: true), randn(3, 9));

    public class Masks
    {
        [Theory]
        [InlineData(1, 1.0, 1)]
        [InlineData(10, 0.25, 3)]
        [InlineData(1000, 0.01, 10)]
        [InlineData(9, 0.01, 1)]
        [InlineData(216, 0.05, 11)]
        public void Keep_what_is_left_of_the_whole_number_that_goes(long count, double share, long kept)
        {
            using var scope = NewDisposeScope();
            Assert.Equal(kept, PopupScores.NumKept(count, share));
            Assert.Equal(kept, PopupScores.Mask(randn(count), share).sum().item<float>());
        }

        [Fact]
        public void Leave_one_however_small_the_share()
        {
            using var scope = NewDisposeScope();
            Assert.Equal(1, PopupScores.Mask(zeros(3), 0.001).sum().item<float>());
            // Rounding down what goes leaves one by itself, unless the share is lost in rounding too.
            Assert.Equal(1, PopupScores.NumKept(3, 0.001, keepsOne: false));
            Assert.Equal(0, PopupScores.NumKept(3, 1e-20, keepsOne: false));
            Assert.Equal(1, PopupScores.NumKept(3, 1e-20));
        }

        [Fact]
        public void Go_by_the_size_of_scores_not_by_their_sign()
        {
            using var scope = NewDisposeScope();
            var mask = PopupScores.Mask(tensor(new[] { -3f, 0.1f, 2f, -0.2f }), 0.5);
            Assert.Equal([1f, 0f, 1f, 0f], mask.data<float>().ToArray());
        }

        [Fact]
        public void Of_scaled_scores_are_those_of_the_largest_weights()
        {
            using var scope = NewDisposeScope();
            var weight = randn(6, 4, 3, 3);
            var scores = PopupScores.Scaled(weight);
            Assert.Equal(Math.Sqrt(6.0 / 36), scores.abs().max().item<float>(), 1e-6);
            var (mask, direct) = (PopupScores.Mask(scores, 0.3), PopupScores.Mask(weight, 0.3));
            Assert.True(mask.equal(direct).all().item<bool>());
        }
    }

    public class Forward
    {
        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public void With_all_weights_is_that_of_the_dense_layer(bool isConvolution)
        {
            using var scope = NewDisposeScope();
            var (layer, x) = isConvolution ? Convolution(1) : Dense(1);
            var (weight, bias) = (layer.get_parameter("weight")!, layer.get_parameter("bias")!);
            var expected = isConvolution ? functional.conv2d(x, weight, bias, padding: [1, 1]) : functional.linear(x, weight, bias);
            Assert.True(layer.call(x).allclose(expected, rtol: 1e-6, atol: 1e-6));
            Assert.Equal(weight.numel(), ((IScoredLayer)layer).Mask().sum().item<float>());
        }

        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public void Lets_gradients_reach_every_score_and_only_the_weights_that_are_kept(bool isConvolution)
        {
            using var scope = NewDisposeScope();
            var (layer, x) = isConvolution ? Convolution(0.2) : Dense(0.2);
            var scored = (IScoredLayer)layer;
            (layer.call(x) * randn_like(layer.call(x))).sum().backward();
            Tensor weight = layer.get_parameter("weight")!, scores = layer.get_parameter("popup_scores")!, mask = scored.Mask().detach();
            // dL/dZ = g W sign(Z) and dL/dW = g m, with g the gradient of the masked weight.
            var ofKept = weight.grad! * weight.detach() * scores.detach().sign();
            Assert.True((scores.grad! * mask).allclose(ofKept, rtol: 1e-4, atol: 1e-6));
            Assert.True((weight.grad! * (1 - mask)).eq(0).all().item<bool>());
            Assert.True((scores.grad! * (1 - mask)).abs().max().item<float>() > 0);
        }
    }

    public class Options
    {
        [Theory]
        [InlineData(0.0)]
        [InlineData(1.5)]
        public void A_share_outside_is_refused(double share)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new SparseConv2d(2, 2, [3], share));
            Assert.Throws<ArgumentOutOfRangeException>(() => new SparseLinear(2, 2, share));
            using var layer = new SparseLinear(2, 2);
            Assert.Equal("KeepShare", Assert.Throws<ArgumentOutOfRangeException>(() => layer.KeepShare = share).ParamName);
        }
    }
}
