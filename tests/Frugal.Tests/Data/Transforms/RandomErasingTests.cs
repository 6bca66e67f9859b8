using Frugal.Data.Transforms;

namespace Frugal.Tests.Data.Transforms;

public class RandomErasingTests
{
    private const int Channels = 3, Height = 40, Width = 30;

    private static float[] Erase(RandomErasing erasing, ulong seed)
    {
        var pixels = new float[Channels * Height * Width];
        Array.Fill(pixels, 100);
        erasing.Apply(pixels, Channels, Height, Width, new RandomStream(seed));
        return pixels;
    }

    [Fact]
    public void Probability_zero_changes_nothing() =>
        Assert.All(Enumerable.Range(0, 50), seed => Assert.DoesNotContain(Erase(new() { Probability = 0 }, (ulong)seed), value => value != 100));

    [Fact]
    public void Erases_one_box_within_the_area_bounds_the_same_in_all_channels()
    {
        for (ulong seed = 0; seed < 100; seed++)
        {
            float[] pixels = Erase(new() { Probability = 1 }, seed);
            bool[] erased = [.. Enumerable.Range(0, Height * Width).Select(i => pixels[i] != 100)];
            Assert.True(pixels.Select((value, i) => erased[i % erased.Length] == (value != 100)).All(same => same));
            int[] rows = [.. Enumerable.Range(0, Height).Where(y => Enumerable.Range(0, Width).Any(x => erased[y * Width + x]))];
            int[] columns = [.. Enumerable.Range(0, Width).Where(x => Enumerable.Range(0, Height).Any(y => erased[y * Width + x]))];
            int area = rows.Length * columns.Length;
            Assert.Equal(area, erased.Count(isErased => isErased));
            // Up to the rounding of both sides.
            double slack = (rows.Length + columns.Length + 1) / 2.0;
            Assert.InRange(area, 0.02 * Height * Width - slack, Height * Width / 3.0 + slack);
        }
    }

    [Fact]
    public void Fills_with_zero_one_number_a_channel_or_noise()
    {
        Assert.Equal([0], Values(ErasingFill.Zero, 0).Distinct());
        Assert.Single(Values(ErasingFill.Channel, 1).Distinct());
        Assert.NotEqual(Values(ErasingFill.Channel, 0)[0], Values(ErasingFill.Channel, 1)[0]);
        float[] noise = Values(ErasingFill.Pixel, 0);
        Assert.Equal(noise.Length, noise.Distinct().Count());

        static float[] Values(ErasingFill fill, int channel) =>
            [.. Erase(new() { Probability = 1, Fill = fill, MinArea = 0.2 }, 3).Skip(channel * Height * Width).Take(Height * Width).Where(value => value != 100)];
    }

    [Fact]
    public void Shares_the_area_among_several_boxes()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            int erased = Erase(new() { Probability = 1, MinCount = 4, MaxCount = 4, MinArea = 0.2, MaxArea = 0.2 }, seed).Take(Height * Width).Count(value => value != 100);
            Assert.InRange(erased, 0.04 * Height * Width, 0.25 * Height * Width);
        }
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomErasing { Probability = 1.5 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomErasing { MaxCount = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomErasing { MinArea = -0.1 });
    }
}
