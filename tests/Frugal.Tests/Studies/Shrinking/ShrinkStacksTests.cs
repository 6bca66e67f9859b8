using Frugal.Compression;
using Frugal.Compression.Pruning;
using Frugal.Compression.Quantization;
using Frugal.Models.Vision;
using Frugal.Studies.Shrinking;
using Frugal.Training;

namespace Frugal.Tests.Studies.Shrinking;

public class ShrinkStacksTests
{
    private static readonly LayerMix convolutional = new(0, 0.95), linear = new(0.95, 0.02);

    private static IReadOnlyList<ShrinkStack> Stacks(LayerMix mix, ShrinkMeasure measure = ShrinkMeasure.Bytes, double share = 0.25) => ShrinkStacks.Of(mix, new(share, measure), new ShrinkTraining { Epochs = 3 });

    [Theory]
    [InlineData(ShrinkMeasure.Bytes)]
    [InlineData(ShrinkMeasure.Flops)]
    [InlineData(ShrinkMeasure.Latency)]
    [InlineData(ShrinkMeasure.Parameters)]
    public void Every_stack_trains_for_the_same_epochs_or_not_at_all(ShrinkMeasure measure)
    {
        foreach (var stack in Stacks(linear, measure).Concat(Stacks(convolutional, measure)))
            Assert.Equal(stack.Name == "int8" ? 0 : 3, stack.Steps.OfType<Train>().Sum(train => train.Epochs), 1e-9);
    }

    [Fact]
    public void Integers_are_tried_for_bytes_and_not_for_multiply_adds()
    {
        Assert.Contains(Stacks(convolutional), stack => stack.Steps.OfType<QuantizeInt8>().Any());
        Assert.DoesNotContain(Stacks(convolutional, ShrinkMeasure.Flops), stack => stack.Steps.OfType<QuantizeInt8>().Any());
    }

    [Fact]
    public void Packed_layers_are_tried_where_most_weights_are_in_linear_layers()
    {
        Assert.Contains(Stacks(linear), stack => stack.Name == "pruned-packed");
        Assert.DoesNotContain(Stacks(convolutional), stack => stack.Name == "pruned-packed");
    }

    [Fact]
    public void A_smaller_goal_cuts_more_before_the_integers()
    {
        double Ratio(double share) => Stacks(linear, share: share).Single(stack => stack.Name == "low-rank-int8").Steps.OfType<LowRankFactorization>().Single().Ratio!.Value;
        Assert.True(Ratio(0.1) > Ratio(0.2));
        double Channels(double share) => Stacks(linear, share: share).Single(stack => stack.Name == "channels").Steps.OfType<ChannelPruning>().Single().Ratio!.Value;
        Assert.Equal(0.5, Channels(0.25), 1e-9);
        Assert.True(Channels(0.1) > Channels(0.25));
    }

    [Fact]
    public void The_mix_of_a_network_is_where_its_weights_are()
    {
        using var mlp = new MlpConfig { HiddenSizes = [64], NumClasses = 4, InChannels = 1, ImageSize = new(8, 8) }.Build();
        using var resnet = new ResNetConfig { Depths = [1, 1], Width = 16, NumClasses = 4, InChannels = 3, ImageSize = new(8, 8) }.Build();
        Assert.InRange(LayerMix.Of(mlp).Linear, 0.9, 1);
        Assert.Equal(0, LayerMix.Of(mlp).Convolution);
        Assert.InRange(LayerMix.Of(resnet).Convolution, 0.8, 1);
        Assert.Equal(0, LayerMix.Of(resnet).Linear);
    }
}
