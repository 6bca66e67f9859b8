using Frugal.Models.Vision;
using Frugal.Training;
using static TorchSharp.torch;

namespace Frugal.Tests.Training;

public class NarrowConvolutionsTests
{
    [Theory]
    [InlineData(4, 8, true)]
    [InlineData(16, 15, true)]
    [InlineData(17, 8, false)]
    [InlineData(4, 16, false)]
    public void Are_those_whose_channels_fill_no_block(long inChannels, long outChannels, bool expected)
    {
        using var convolution = nn.Conv2d(inChannels, outChannels, 3);
        Assert.Equal(expected, NarrowConvolutions.AreIn(convolution));
    }

    [Fact]
    public void Have_the_gradient_of_their_formula_every_time()
    {
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(new ConvNetConfig { Channels = [8, 12] });
        var weight = rand([12, 8, 3, 3]);
        var input = rand([16, 8, 14, 14], requires_grad: true);
        // Each input feeds one output a position of the kernel, so away from the border its gradient is the sum of its channel's weights.
        var expected = weight.sum([0, 2, 3]).reshape(1, 8, 1, 1);
        NarrowConvolutions.Run(subject, () =>
        {
            for (int i = 0; i < 200; i++)
            {
                input.grad = null;
                nn.functional.conv2d(input, weight, strides: [1, 1], padding: [1, 1], dilation: [1, 1]).sum().backward();
                Assert.True(allclose(input.grad![.., .., 1..13, 1..13], expected.expand(16, 8, 12, 12), rtol: 1e-4));
            }
        });
    }
}
