using Frugal.Graphs.Onnx.Calibration;

namespace Frugal.Tests.Graphs.Onnx.Calibration;

public class ActivationCodeTests
{
    [Theory]
    [InlineData(-1.7, 4.2)]
    [InlineData(0, 6)]
    [InlineData(-3, 0)]
    public void Keeps_zero_exactly_and_values_within_a_step(double low, double high)
    {
        var code = ActivationCode.Of(new(low, high));
        Assert.Equal(0, code.Rounded(0));
        for (var value = low; value <= high; value += (high - low) / 1000)
            Assert.InRange(Math.Abs(code.Rounded(value) - value), 0, code.Scale * 1.0001);
    }

    [Theory]
    [InlineData(0, 6, 0)]
    [InlineData(-3, 0, 255)]
    [InlineData(-1, 3, 64)]
    public void The_zero_point_follows_from_the_range(double low, double high, byte zero) => Assert.Equal(zero, ActivationCode.Of(new(low, high)).ZeroPoint);

    [Fact]
    public void Cuts_what_lies_outside()
    {
        var code = ActivationCode.Of(new(-1, 1));
        Assert.Equal(code.Rounded(1.1), code.Rounded(100));
        Assert.Equal(code.Rounded(-1.1), code.Rounded(-100));
    }

    [Fact]
    public void An_activation_that_is_always_zero_has_a_step() => Assert.Equal(new ActivationCode(1, 0), ActivationCode.Of(new(0, 0)));
}
