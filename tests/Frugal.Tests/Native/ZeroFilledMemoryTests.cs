using static TorchSharp.torch;

namespace Frugal.Tests.Native;

public class ZeroFilledMemoryTests
{
    // Channels that are no multiple of the convolution library's blocks, so that their memory has an unused end.
    [Theory]
    [InlineData(8, 8, 4)]
    [InlineData(20, 20, 8)]
    [InlineData(24, 16, 8)]
    [InlineData(16, 24, 8)]
    public void Convolutions_do_not_read_what_lay_in_their_memory(long inChannels, long outChannels, long side)
    {
        for (int i = 0; i < 12; i++)
        {
            using var scope = NewDisposeScope();
            var weight = ones([outChannels, inChannels, 3, 3], requires_grad: true);
            var input = ones([8, inChannels, side, side], requires_grad: true);
            LeaveNotANumberBehind();
            var output = nn.functional.conv2d(input, weight, strides: [1, 1], padding: [1, 1], dilation: [1, 1]);
            LeaveNotANumberBehind();
            output.sum().backward();
            foreach (var result in new[] { output, input.grad!, weight.grad! })
                Assert.False(result.isnan().any().item<bool>());
        }
    }

    private static void LeaveNotANumberBehind()
    {
        using var scope = NewDisposeScope();
        for (int kilobytes = 4; kilobytes <= 1024; kilobytes *= 2)
            for (int i = 0; i < 4; i++)
                full([kilobytes * 256], float.NaN);
    }
}
