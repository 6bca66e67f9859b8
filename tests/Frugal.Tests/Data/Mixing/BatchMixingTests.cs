using Frugal.Data.Mixing;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Data.Mixing;

public sealed class BatchMixingTests : IDisposable
{
    private const int Height = 9, Width = 7;
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    /// <summary>Distinct numbers throughout.</summary>
    private static Tensor Inputs(int batch) => arange(batch * 2 * Height * Width, float32).reshape(batch, 2, Height, Width);

    private static double Largest(Tensor difference) => difference.abs().max().item<float>();

    private static ExampleMix[] All(ExampleMix mix, int batch) => [.. Enumerable.Repeat(mix, batch)];

    public static TheoryData<MixMode, int> Draws() => new() { { MixMode.Batch, 6 }, { MixMode.Pair, 6 }, { MixMode.Elem, 6 }, { MixMode.Batch, 5 }, { MixMode.Pair, 5 }, { MixMode.Elem, 5 } };

    [Theory]
    [MemberData(nameof(Draws))]
    public void Target_rows_sum_to_one(MixMode mode, int batch)
    {
        var labels = tensor(Enumerable.Range(0, batch).Select(i => (long)i % 4).ToArray());
        for (int seed = 0; seed < 20; seed++)
        {
            var mixes = new MixChances().Draw(mode, batch, Height, Width, new RandomStream((ulong)seed));
            var targets = BatchMixing.Targets(labels, mixes, 4, 0.1);
            Assert.Equal([batch, 4], targets.shape);
            Assert.InRange(Largest(targets.sum(1) - 1), 0, 1e-6);
            Assert.InRange(targets.min().item<float>(), 0, 1);
        }
    }

    [Fact]
    public void Without_mixing_inputs_stay_and_targets_are_smoothed_labels()
    {
        var inputs = Inputs(4);
        var mixes = All(ExampleMix.None, 4);
        Assert.True(BatchMixing.Mix(inputs, mixes).equal(inputs).all().item<bool>());
        var targets = BatchMixing.Targets(tensor(new long[] { 0, 1, 2, 2 }), mixes, 4, 0.1);
        Assert.Equal(0.925f, targets[1, 1].item<float>(), 1e-6f);
        Assert.Equal(0.025f, targets[1, 3].item<float>(), 1e-6f);
    }

    [Fact]
    public void Mixup_averages_with_the_flipped_batch_and_keeps_the_sum_of_a_pair()
    {
        var inputs = Inputs(4);
        var mixed = BatchMixing.Mix(inputs, All(ExampleMix.Average(0.3), 4));
        Assert.InRange(Largest(mixed[0] - (inputs[0] * 0.3f + inputs[3] * 0.7f)), 0, 1e-4);
        Assert.InRange(Largest(mixed + mixed.flip(0) - inputs - inputs.flip(0)), 0, 1e-4);
    }

    [Fact]
    public void Pair_mode_keeps_the_sum_of_each_pair_under_mixup()
    {
        var inputs = Inputs(6);
        var mixes = new MixChances { CutmixAlpha = 0 }.Draw(MixMode.Pair, 6, Height, Width, new RandomStream(3));
        var mixed = BatchMixing.Mix(inputs, mixes);
        Assert.True(mixes[0].Lambda != mixes[1].Lambda);
        Assert.InRange(Largest(mixed + mixed.flip(0) - inputs - inputs.flip(0)), 0, 1e-3);
    }

    [Theory]
    [MemberData(nameof(Draws))]
    public void Cutmix_takes_exactly_the_corrected_share_from_the_partner(MixMode mode, int batch)
    {
        var inputs = Inputs(batch);
        for (int seed = 0; seed < 20; seed++)
        {
            var mixes = new MixChances { MixupAlpha = 0 }.Draw(mode, batch, Height, Width, new RandomStream((ulong)seed));
            var mixed = BatchMixing.Mix(inputs, mixes);
            for (int i = 0; i < batch; i++)
            {
                if (i == batch - 1 - i)
                    continue;
                double taken = mixed[i].eq(inputs[batch - 1 - i]).to_type(float64).mean().item<double>();
                Assert.Equal(1 - mixes[i].Lambda, taken, 1e-9);
                Assert.Equal(mixes[i].Lambda, mixed[i].eq(inputs[i]).to_type(float64).mean().item<double>(), 1e-9);
            }
        }
    }

    [Fact]
    public void The_batch_that_went_in_is_not_changed()
    {
        var inputs = Inputs(4);
        BatchMixing.Mix(inputs, All(ExampleMix.Cut(new(1, 4, 2, 5), Height, Width), 4));
        Assert.True(inputs.equal(Inputs(4)).all().item<bool>());
    }

    [Fact]
    public void A_batch_needs_a_mix_for_each_example() =>
        Assert.Throws<ArgumentException>(() => BatchMixing.Mix(Inputs(4), All(ExampleMix.None, 3)));

    public class Boxes
    {
        [Fact]
        public void Lose_a_pixel_of_an_odd_side_and_are_clipped_to_the_image()
        {
            // r = 0.5: sides of 5 and 3 pixels, of which the halves leave 4 and 2.
            Assert.Equal(new MixBox(3, 7, 2, 4), MixBox.Around(10, 6, 0.75, 5, 3));
            Assert.Equal(new MixBox(0, 2, 5, 6), MixBox.Around(10, 6, 0.75, 0, 6));
            Assert.Equal(1 - 8.0 / 60, new MixBox(3, 7, 2, 4).ShareKept(10, 6));
        }

        [Fact]
        public void Between_two_shares_lie_inside()
        {
            var random = new RandomStream(1);
            for (int i = 0; i < 200; i++)
            {
                var box = MixBox.DrawBetween(20, 30, 0.2, 0.8, random);
                Assert.InRange(box.Bottom - box.Top, 4, 15);
                Assert.InRange(box.Right - box.Left, 6, 23);
                Assert.True(box is { Top: >= 0, Left: >= 0, Bottom: <= 20, Right: <= 30 });
            }
        }
    }

    public class Chances
    {
        [Fact]
        public void Of_zero_mix_nothing() =>
            Assert.All(new MixChances { Probability = 0 }.Draw(MixMode.Elem, 50, Height, Width, new RandomStream(1)), mix => Assert.Equal(ExampleMix.None, mix));

        [Fact]
        public void Switch_between_the_two_kinds()
        {
            var mixes = new MixChances { SwitchProbability = 0.25 }.Draw(MixMode.Elem, 4000, 32, 32, new RandomStream(1));
            Assert.InRange(mixes.Count(mix => mix.Box is not null) / 4000.0, 0.22, 0.28);
        }

        [Theory]
        [InlineData(0.2)]
        [InlineData(0.8)]
        [InlineData(1)]
        [InlineData(4)]
        public void Draw_shares_with_the_moments_of_the_beta_distribution(double alpha)
        {
            var random = new RandomStream(9);
            double[] shares = [.. Enumerable.Range(0, 20_000).Select(_ => BetaDistribution.Draw(alpha, random))];
            Assert.All(shares, share => Assert.InRange(share, 0, 1));
            Assert.Equal(0.5, shares.Average(), 0.01);
            Assert.Equal(1 / (4 * (2 * alpha + 1)), shares.Average(share => (share - 0.5) * (share - 0.5)), 0.005);
        }

        [Fact]
        public void Out_of_range_are_refused()
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new MixChances { MixupAlpha = -1 });
            Assert.Throws<ArgumentOutOfRangeException>(() => new MixChances { Probability = 1.1 });
        }
    }
}
