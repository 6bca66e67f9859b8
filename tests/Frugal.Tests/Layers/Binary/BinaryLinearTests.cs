using Frugal.Kernels;
using Frugal.Layers;
using Frugal.Layers.Packed;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Binary;

public sealed class BinaryLinearTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public BinaryLinearTests() => manual_seed(4);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void A_binary_weight_takes_two_values_of_its_mean_magnitude()
    {
        var weight = randn(6, 7) + 0.3f;
        var binary = BinaryMath.Weight(weight);
        Assert.True(binary.abs().allclose(weight.abs().mean().expand(6, 7)));
        Assert.True(binary.gt(0).eq(weight.gt(weight.mean())).all().item<bool>());
        Assert.True(BinaryMath.WeightByRow(weight).abs().allclose(weight.abs().mean([-1], keepdim: true).expand(6, 7)));
    }

    [Fact]
    public void Zero_counts_as_positive_and_NaN_stays()
    {
        var signs = BinaryMath.Signs(tensor(new[] { -2f, -0f, 0f, 3f, float.NaN })).data<float>().ToArray();
        Assert.Equal([-1, 1, 1, 1, float.NaN], signs);
    }

    [Fact]
    public void Gradients_pass_within_the_step_only()
    {
        var x = tensor(new[] { -3f, -0.5f, 0.2f, 1f, 1.5f }).requires_grad_();
        var step = tensor(1f).requires_grad_();
        BinaryMath.Signed(x, step).sum().backward();
        Assert.Equal([0, 1, 1, 1, 0], x.grad!.data<float>().ToArray());
        Assert.Equal(1 / Math.Sqrt(5), step.grad!.item<float>(), 1e-6);

        var p = tensor(new[] { 0.1f, 0.4f, 1.5f }).requires_grad_();
        step = tensor(0.5f).requires_grad_();
        var binary = BinaryMath.Unsigned(p, step);
        Assert.Equal([0, 0.5f, 0.5f], binary.data<float>().ToArray());
        binary.sum().backward();
        Assert.Equal([1, 1, 0], p.grad!.data<float>().ToArray());
        Assert.Equal((0 - 0.2 + 1 - 0.8 + 1) / Math.Sqrt(3), step.grad!.item<float>(), 1e-6);
    }

    [Fact]
    public void Binary_inputs_and_weights_give_the_float_layer()
    {
        using var dense = nn.Linear(8, 4);
        using (no_grad())
            // As many ones of each sign, so that the mean is zero.
            dense.weight!.copy_((arange(32) % 2 * 2 - 1).reshape(4, 8).roll(1, 1));
        using var layer = BinaryLinear.Of(dense);
        var input = BinaryMath.Signs(randn(5, 8));
        Assert.True(layer.call(input).allclose(dense.call(input), atol: 1e-6));
    }

    [Fact]
    public void The_term_in_floating_point_begins_at_zero()
    {
        using var dense = nn.Linear(8, 4);
        using var plain = BinaryLinear.Of(dense);
        using var layer = BinaryLinear.Of(dense, rank: 2);
        var input = randn(5, 8);
        Assert.True(layer.call(input).eq(plain.call(input)).all().item<bool>());
        layer.call(input).sum().backward();
        Assert.True(layer.get_parameter("up")!.grad!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void Calibration_centres_inputs_and_sets_the_step_to_twice_what_is_left()
    {
        using var layer = new BinaryLinear(3, 2);
        var input = rand(50, 2, 3) + 1;
        layer.Calibrate(input, centers: true);
        Assert.True(layer.Shift.allclose(-input.reshape(-1, 3).mean([0])));
        Assert.Equal(2 * (input + layer.Shift).abs().mean().item<float>(), layer.get_parameter("input_clip_val")!.item<float>(), 1e-6);
        using var uncentred = new BinaryLinear(3, 2);
        uncentred.Calibrate(input, centers: false);
        Assert.Equal(0, uncentred.Shift.abs().sum().item<float>());
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, false)]
    public void Packed_it_computes_the_same(int rank, bool hasBias)
    {
        using var mode = no_grad();
        using var layer = new BinaryLinear(50, 20, rank, hasBias);
        layer.eval();
        layer.get_parameter("up")?.normal_();
        var input = randn(9, 50) + 0.5f;
        layer.Calibrate(input, centers: true);
        var packable = Frugal.Compression.Packing.PackableLayer.Of(layer)!;
        var packed = new Frugal.Compression.Packing.BinaryForm().TryPack(packable)!;
        using var fast = packable.With(packed);
        fast.eval();
        Assert.IsType<PackedBinary>(packed);
        Assert.True(fast.call(input).allclose(layer.call(input), rtol: 1e-4, atol: 1e-4));
        Assert.True(packed.Bytes < 50 * 20 * 4, $"{packed.Bytes} bytes");
        Assert.True(((PackedLinearLayer)fast).Unpack()!.Forward(input).allclose(layer.call(input), rtol: 1e-4, atol: 1e-4));
    }

    [Theory]
    [InlineData(0, 4, 0)]
    [InlineData(4, 0, 0)]
    [InlineData(4, 4, -1)]
    public void Refuses_sizes_that_cannot_be(long inputs, long outputs, int rank) => Assert.Throws<ArgumentOutOfRangeException>(() => new BinaryLinear(inputs, outputs, rank));
}
