using Frugal.Interop;
using Frugal.Kernels;
using Frugal.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class DenseShiftTests
{
    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: float64, generator: generator);
    }

    private static List<Tensor> Latents(int bits, params long[] shape) => [.. Enumerable.Range(0, DenseShiftMath.NumShiftLatents(bits)).Select(j => Random((ulong)(j + 10), shape))];

    [Theory]
    [InlineData("conv_3bit")]
    [InlineData("linear_2bit")]
    [InlineData("linear_4bit")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "denseshift", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    public class Weights
    {
        [Theory]
        [InlineData(2)]
        [InlineData(3)]
        [InlineData(4)]
        public void Are_powers_of_two_and_never_zero(int bits)
        {
            using var scope = NewDisposeScope();
            double[] values = [.. DenseShiftMath.Weight(Random(1, 40, 50), Latents(bits, 40, 50)).data<double>()];
            var table = Enumerable.Range(0, DenseShiftMath.NumShiftLatents(bits) + 1).SelectMany(shift => new[] { Math.ScaleB(1, shift), -Math.ScaleB(1, shift) }).ToHashSet();
            Assert.Subset(table, values.ToHashSet());
        }

        [Theory]
        [InlineData(2)]
        [InlineData(3)]
        [InlineData(4)]
        public void The_shift_is_the_length_of_the_last_run_of_positive_latents_for_every_combination(int bits)
        {
            using var scope = NewDisposeScope();
            int count = DenseShiftMath.NumShiftLatents(bits);
            for (int combination = 0; combination < 1 << count; combination++)
            {
                var latents = Enumerable.Range(0, count).Select(j => tensor([(combination >> j & 1) == 1 ? 0.3 : -0.2])).ToList();
                int run = Enumerable.Range(0, count).Reverse().TakeWhile(j => (combination >> j & 1) == 1).Count();
                Assert.Equal(run, DenseShiftMath.Shifts(latents).item<double>());
            }
        }

        [Fact]
        public void A_latent_of_zero_is_a_positive_sign_and_no_shift()
        {
            using var scope = NewDisposeScope();
            var zero = zeros(1);
            Assert.Equal(1, DenseShiftMath.Weight(zero, [zero, zero, zero]).item<float>());
        }

        [Fact]
        public void Do_not_depend_on_the_size_of_the_latents()
        {
            using var scope = NewDisposeScope();
            var latents = Latents(3, 6, 7);
            Assert.True(DenseShiftMath.Weight(Random(1, 6, 7), latents).equal(DenseShiftMath.Weight(Random(1, 6, 7) * 1e-6, [.. latents.Select(latent => latent * 1e3)])).all().item<bool>());
        }

        [Fact]
        public void Shifts_of_random_signs_follow_their_distribution()
        {
            using var scope = NewDisposeScope();
            const int Count = 200_000, Largest = 3;
            double[] shifts = [.. DenseShiftMath.Shifts(Latents(3, Count)).data<double>()];
            for (int k = 0; k <= Largest; k++)
            {
                double expected = k < Largest ? Math.ScaleB(1, -(k + 1)) : Math.ScaleB(1, -Largest);
                // Six standard deviations of the share.
                Assert.Equal(expected, shifts.Count(shift => shift == k) / (double)Count, 6 * Math.Sqrt(expected * (1 - expected) / Count));
            }
        }
    }

    public class Gradients
    {
        [Theory]
        [InlineData(2)]
        [InlineData(3)]
        [InlineData(4)]
        public void Are_the_closed_forms(int bits)
        {
            using var scope = NewDisposeScope();
            var sign = Random(1, 5, 4).requires_grad_();
            var latents = Latents(bits, 5, 4).Select(latent => latent.requires_grad_()).ToList();
            var g = Random(2, 5, 4);
            (DenseShiftMath.Weight(sign, latents) * g).sum().backward();
            double[] signs = [.. sign.detach().data<double>().ToArray().Select(value => value >= 0 ? 1.0 : -1.0)], outer = [.. g.data<double>()];
            for (int i = 0; i < signs.Length; i++)
            {
                double[] t = [.. latents.Select(latent => latent.detach().data<double>()[i])], runs = new double[t.Length + 1];
                for (int j = 0; j < t.Length; j++)
                    runs[j + 1] = t[j] > 0 ? runs[j] + 1 : 0;
                double root = Math.Sqrt(runs[^1] + 1), passed = outer[i] * signs[i] / (2 * root);
                Assert.Equal(outer[i] * root, sign.grad!.data<double>()[i], 1e-12);
                for (int j = t.Length - 1; j >= 0; j--)
                {
                    Assert.Equal(passed * (runs[j] + 1), latents[j].grad!.data<double>()[i], 1e-12);
                    passed *= t[j] > 0 ? 1 : 0;
                }
            }
        }

        [Fact]
        public void Of_a_latent_before_one_that_is_not_positive_are_zero()
        {
            using var scope = NewDisposeScope();
            Tensor[] latents = [tensor([1.0]).requires_grad_(), tensor([-1.0]).requires_grad_(), tensor([1.0]).requires_grad_()];
            DenseShiftMath.Weight(tensor([1.0]), latents).sum().backward();
            Assert.Equal(0, latents[0].grad!.item<double>());
            Assert.NotEqual(0, latents[1].grad!.item<double>());
        }
    }

    public class Products
    {
        [Theory]
        [InlineData(2)]
        [InlineData(3)]
        [InlineData(4)]
        public void By_adding_to_the_exponent_equal_those_in_floating_point(int bits)
        {
            foreach (float number in new[] { 0f, -0f, 1f, -1f, 3.14159f, -2.7e-20f, 1.5e30f, float.MinValue / 256, 1.17549435e-38f })
                for (int code = 0; code < 1 << bits; code++)
                    Assert.Equal(number * ShiftCodes.Value(code, bits), DenseShiftMath.Multiply(number, code, bits));
        }

        [Fact]
        public void Of_subnormal_numbers_are_zero() => Assert.Equal(0, DenseShiftMath.Multiply(float.Epsilon, 3, 3));
    }

    public class Codes
    {
        [Theory]
        [InlineData(2, 7)]
        [InlineData(3, 1)]
        [InlineData(3, 13)]
        [InlineData(4, 9)]
        public void Come_back_from_their_bytes(int bits, long count)
        {
            using var scope = NewDisposeScope();
            Tensor sign = Random(3, count).to(float32), packed;
            List<Tensor> latents = [.. Latents(bits, count).Select(latent => latent.to(float32))];
            packed = ShiftCodes.Pack(DenseShiftMath.Codes(sign, latents, bits), bits);
            Assert.Equal((bits * count + 7) / 8, packed.numel());
            Assert.Equal(DenseShiftMath.Weight(sign, latents).data<float>().ToArray(), ShiftCodes.Decode(packed.bytes, [count], bits).data<float>().ToArray());
        }

        [Theory]
        [InlineData(2)]
        [InlineData(3)]
        [InlineData(4)]
        public void A_coded_linear_layer_computes_what_the_trained_one_did(int bits)
        {
            using var scope = NewDisposeScope();
            using var trained = new DenseShiftLinear(13, 6, bits);
            using var coded = ShiftLinear.Of(trained);
            var input = Random(4, 3, 13).to(float32);
            Assert.Equal(trained.call(input).data<float>().ToArray(), coded.call(input).data<float>().ToArray());
            Assert.Equal((13 * 6 * bits + 7) / 8, coded.named_buffers().Single().buffer.numel());
        }

        [Fact]
        public void A_coded_convolution_computes_what_the_trained_one_did_and_follows_its_codes()
        {
            using var scope = NewDisposeScope();
            using var trained = new DenseShiftConv2d(4, 6, [3, 5], 3, [2, 1], [1, 2], groups: 2);
            using var coded = ShiftConv2d.Of(trained);
            var input = Random(5, 2, 4, 9, 8).to(float32);
            Assert.Equal(trained.call(input).data<float>().ToArray(), coded.call(input).data<float>().ToArray());
            using (no_grad())
                coded.named_buffers().Single().buffer.zero_();
            Assert.False(trained.call(input).allclose(coded.call(input)));
        }

        [Fact]
        public void The_kernels_pack_the_weights_exactly()
        {
            using var scope = NewDisposeScope();
            using var trained = new DenseShiftLinear(96, 24, 3);
            float[] weight = [.. trained.Weight().detach().data<float>()], back = new float[weight.Length];
            PackedLowBit.Pack(weight, 24, 96, LowBitValues.Shift).Unpack(back);
            Assert.Equal(weight, back);
        }
    }

    public class Rounding
    {
        [Theory]
        [InlineData(2)]
        [InlineData(4)]
        public void Leaves_powers_of_two_alone(int bits)
        {
            using var scope = NewDisposeScope();
            var weight = DenseShiftMath.Weight(Random(1, 4, 300), Latents(bits, 4, 300)) * 0.25;
            Assert.Equal(weight.data<double>().ToArray(), ShiftGrid.Nearest(weight, bits).data<double>().ToArray());
        }

        [Fact]
        public void Gives_the_nearest_value_of_the_row()
        {
            using var scope = NewDisposeScope();
            var weight = Random(1, 3, 40);
            var rounded = ShiftGrid.Nearest(weight, 3);
            for (int row = 0; row < 3; row++)
            {
                double[] exact = [.. weight[row].data<double>()], near = [.. rounded[row].data<double>()];
                double scale = near.Min(Math.Abs);
                for (int i = 0; i < exact.Length; i++)
                    Assert.Equal(Enumerable.Range(0, 4).Min(shift => Math.Abs(Math.Abs(exact[i]) - Math.ScaleB(scale, shift))), Math.Abs(exact[i] - near[i]), 1e-9);
            }
        }
    }

    [Fact]
    public void Moving_to_another_type_moves_the_latents_and_leaves_the_codes()
    {
        using var scope = NewDisposeScope();
        using var trained = new DenseShiftLinear(12, 6);
        using var coded = ShiftLinear.Of(trained);
        trained.to(float64);
        coded.to(float64);
        var input = Random(1, 3, 12);
        Assert.True(trained.call(input).allclose(coded.call(input)));
        Assert.Equal(uint8, coded.named_buffers().Single().buffer.dtype);
    }

    [Fact]
    public void Bad_options_are_refused_by_name()
    {
        Assert.Equal("bits", Assert.Throws<ArgumentOutOfRangeException>(() => new DenseShiftLinear(4, 4, 5)).ParamName);
        Assert.Equal("bits", Assert.Throws<ArgumentOutOfRangeException>(() => new ShiftConv2d(4, 4, [3], 1)).ParamName);
        Assert.Contains("3 groups", Assert.Throws<FrugalException>(() => new DenseShiftConv2d(4, 6, [3], groups: 3)).Message, StringComparison.Ordinal);
    }
}
