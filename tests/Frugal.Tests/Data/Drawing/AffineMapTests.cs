using Frugal.Data.Drawing;

namespace Frugal.Tests.Data.Drawing;

public class AffineMapTests
{
    [Fact]
    public void Sine_and_cosine_agree_with_the_platform()
    {
        for (double x = -3.14; x <= 3.14; x += 0.01)
        {
            var (sin, cos) = AffineMap.SinCos(x);
            Assert.Equal(Math.Sin(x), sin, 1e-13);
            Assert.Equal(Math.Cos(x), cos, 1e-13);
        }
    }

    [Fact]
    public void Stretches_slants_turns_and_moves_in_this_order()
    {
        double quarter = Math.PI / 2;
        var map = AffineMap.From(scaleX: 2, scaleY: 3, shear: 0.5, radians: quarter, new Point(10, 20));
        var point = map.Apply(new Point(1, 1));
        // (1, 1) becomes (2, 3), slants to (3.5, 3), turns to (-3, 3.5), moves to (7, 23.5).
        Assert.Equal(7, point.X, 1e-12);
        Assert.Equal(23.5, point.Y, 1e-12);
    }
}
