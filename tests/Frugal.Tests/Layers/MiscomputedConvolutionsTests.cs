using Frugal.Layers;
using Frugal.Native;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class MiscomputedConvolutionsTests
{
    [Theory]
    [InlineData(4, 8, 3, true)]
    [InlineData(16, 15, 3, true)]
    [InlineData(17, 8, 3, true)]
    [InlineData(24, 32, 3, true)]
    [InlineData(24, 32, 1, false)]
    [InlineData(4, 16, 3, false)]
    [InlineData(48, 16, 3, false)]
    public void Are_those_whose_channels_fill_no_block(long inChannels, long outChannels, long kernel, bool expected)
    {
        using var convolution = nn.Conv2d(inChannels, outChannels, kernel);
        Assert.Equal(expected, MiscomputedConvolutions.AreIn(convolution, withGradients: true));
    }

    [Theory]
    [InlineData(1024, 2048, 2, true)]
    [InlineData(1024, 2048, 1, false)]
    [InlineData(256, 512, 2, false)]
    public void Are_those_of_one_point_that_step_between_many_channels(long inChannels, long outChannels, long stride, bool expected)
    {
        using var convolution = nn.Conv2d(inChannels, outChannels, 1, stride: stride);
        Assert.Equal(expected, MiscomputedConvolutions.AreIn(convolution, withGradients: true));
    }

    [Fact]
    public void Whose_gradients_alone_are_wrong_do_not_count_without_gradients()
    {
        using var narrow = nn.Conv2d(4, 8, 3);
        using var ragged = nn.Conv2d(24, 32, 3);
        Assert.False(MiscomputedConvolutions.AreIn(narrow, withGradients: false));
        Assert.True(MiscomputedConvolutions.AreIn(ragged, withGradients: false));
    }

    [Fact]
    public void Have_the_gradient_of_their_formula_every_time()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Conv2d(8, 12, 3, padding: 1, bias: false);
        var input = rand([16, 8, 14, 14], requires_grad: true);
        // Each input feeds one output a position of the kernel, so away from the border its gradient is the sum of its channel's weights.
        var expected = layer.weight!.detach().sum([0, 2, 3]).reshape(1, 8, 1, 1);
        MiscomputedConvolutions.Run(layer, CPU, () =>
        {
            for (int i = 0; i < 200; i++)
            {
                input.grad = null;
                layer.call(input).sum().backward();
                Assert.True(allclose(input.grad![.., .., 1..13, 1..13], expected.expand(16, 8, 12, 12), rtol: 1e-4, atol: 1e-4));
            }
        });
    }

    [Theory]
    [InlineData(17)]
    [InlineData(24)]
    [InlineData(40)]
    public void Have_the_output_of_their_formula(long channels)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var layer = nn.Conv2d(channels, 16, 3, padding: 1);
        var input = rand(4, channels, 16, 16);
        var exact = nn.functional.conv2d(input.to(float64), layer.weight!.to(float64), layer.bias!.to(float64), padding: [1, 1], strides: [1, 1], dilation: [1, 1]);
        Assert.True(layer.call(input).to(float64).allclose(exact, rtol: 1e-4, atol: 1e-4));
        MiscomputedConvolutions.Run(layer, CPU, () => Assert.True(layer.call(input).to(float64).allclose(exact, rtol: 1e-4, atol: 1e-4)));
    }

    [Fact]
    public void Of_whole_blocks_are_computed_with_oneDNN_and_others_inside_them_without()
    {
        Assert.SkipUnless(LibTorch.Context.OneDnn is not null, "this platform's libtorch does not export the switch");
        using var whole = nn.Conv2d(16, 16, 3);
        using var ragged = nn.Conv2d(24, 16, 3);
        bool? before = LibTorch.Context.OneDnn;
        List<bool?> seen = [];
        MiscomputedConvolutions.Run(whole, CPU, () =>
        {
            seen.Add(LibTorch.Context.OneDnn);
            MiscomputedConvolutions.Run(ragged, CPU, () => seen.Add(LibTorch.Context.OneDnn));
            seen.Add(LibTorch.Context.OneDnn);
        });
        Assert.Equal([true, false, true], seen);
        Assert.Equal(before, LibTorch.Context.OneDnn);
    }

    [Fact]
    public void While_any_thread_needs_libtorchs_own_kernels_no_other_has_oneDNN()
    {
        Assert.SkipUnless(LibTorch.Context.OneDnn is not null, "this platform's libtorch does not export the switch");
        bool? before = LibTorch.Context.OneDnn;
        using var isIn = new ManualResetEventSlim();
        using var mayGo = new ManualResetEventSlim();
        var other = new Thread(() => LibTorch.Context.WithOneDnn(false, () =>
        {
            isIn.Set();
            mayGo.Wait();
        }));
        LibTorch.Context.WithOneDnn(true, () =>
        {
            other.Start();
            isIn.Wait();
            Assert.False(LibTorch.Context.OneDnn);
            // Neither does one that begins meanwhile, and ends first, leave the other's choice behind.
            LibTorch.Context.WithOneDnn(true, () => Assert.False(LibTorch.Context.OneDnn));
            Assert.False(LibTorch.Context.OneDnn);
            mayGo.Set();
            other.Join();
            Assert.True(LibTorch.Context.OneDnn);
        });
        Assert.Equal(before, LibTorch.Context.OneDnn);
    }
}
