using Frugal.Data;
using Frugal.Data.Transforms;

namespace Frugal.Tests.Data.Transforms;

public class TransformTests
{
    private static int[] Ints(Image image) => [.. image.Bytes().Select(value => (int)value)];

    public class Flip
    {
        [Fact]
        public void Mirrors_left_to_right_with_its_probability()
        {
            Assert.Equal([2, 1, 0, 5, 4, 3], Ints(new HorizontalFlip { Probability = 1 }.Apply(Pictures.Counting(2, 3), new RandomStream(1))));
            Assert.Equal([0, 1, 2, 3, 4, 5], Ints(new HorizontalFlip { Probability = 0 }.Apply(Pictures.Counting(2, 3), new RandomStream(1))));
            var colour = new Image(new byte[] { 1, 2, 3, 4, 5, 6 }, 1, 2, 3);
            Assert.Equal([4, 5, 6, 1, 2, 3], Ints(new HorizontalFlip { Probability = 1 }.Apply(colour, new RandomStream(1))));
        }
    }

    public class Shift
    {
        [Fact]
        public void Moves_by_up_to_its_share_and_shows_black()
        {
            var seen = new HashSet<string>();
            for (ulong seed = 0; seed < 200; seed++)
                seen.Add(string.Join(',', Ints(new RandomShift { Share = 0.25 }.Apply(Pictures.Flat(4, 4, 9), new RandomStream(seed)))));
            // One pixel in each direction: nine pictures.
            Assert.Equal(9, seen.Count);
            Assert.Contains("0,0,0,0,0,9,9,9,0,9,9,9,0,9,9,9", seen);
            Assert.Contains("9,9,9,0,9,9,9,0,9,9,9,0,0,0,0,0", seen);
        }

        [Fact]
        public void Of_zero_changes_nothing() =>
            Assert.Equal(Ints(Pictures.Counting(4, 4)), Ints(new RandomShift { Share = 0 }.Apply(Pictures.Counting(4, 4), new RandomStream(1))));
    }

    public class Crop
    {
        [Fact]
        public void With_padding_keeps_the_size_and_reaches_every_place()
        {
            var seen = new HashSet<string>();
            for (ulong seed = 0; seed < 1000; seed++)
            {
                var cut = new RandomCrop { Padding = 2 }.Apply(Pictures.Counting(3, 3), new RandomStream(seed));
                Assert.Equal((3, 3), (cut.Height, cut.Width));
                seen.Add(string.Join(',', Ints(cut)));
            }
            Assert.Equal(25, seen.Count);
        }

        [Fact]
        public void Takes_the_size_of_the_data_or_its_own()
        {
            var picture = Pictures.Noise(10, 10);
            Assert.Equal(6, new RandomCrop { Padding = 0 }.For(Pictures.Info(6, 6)).Apply(picture, new RandomStream(1)).Height);
            Assert.Equal(4, new RandomCrop { Padding = 0, Size = 4 }.For(Pictures.Info(6, 6)).Apply(picture, new RandomStream(1)).Width);
        }

        [Fact]
        public void Larger_than_the_image_is_refused() =>
            Assert.Contains("random-resized-crop", Assert.Throws<FrugalException>(
                () => new RandomCrop { Padding = 1, Size = 20 }.Apply(Pictures.Noise(10, 10), new RandomStream(1))).Message);

        [Fact]
        public void In_the_centre_takes_the_middle_or_surrounds_it_with_black()
        {
            Assert.Equal([5, 6, 9, 10], Ints(new CenterCrop { Size = 2 }.Apply(Pictures.Counting(4, 4), new RandomStream(1))));
            Assert.Equal([0, 0, 0, 0, 7, 0, 0, 0, 0], Ints(new CenterCrop { Size = 3 }.Apply(Pictures.Flat(1, 1, 7), new RandomStream(1))));
        }
    }

    public class ResizedCrop
    {
        [Fact]
        public void Has_the_size_of_the_data_whatever_it_cuts()
        {
            var transform = new RandomResizedCrop().For(Pictures.Info(16, 24));
            for (ulong seed = 0; seed < 50; seed++)
            {
                var cut = transform.Apply(Pictures.Noise(40, 33), new RandomStream(seed));
                Assert.Equal((16, 24), (cut.Height, cut.Width));
            }
        }

        [Fact]
        public void Of_the_whole_area_in_the_images_proportions_is_the_image() =>
            Assert.Equal(
                Pictures.Noise(20, 20).Bytes(), new RandomResizedCrop { MinArea = 1, MaxAspect = 1, Size = 20 }.Apply(Pictures.Noise(20, 20), new RandomStream(1)).Bytes());

        [Fact]
        public void Of_an_image_too_thin_falls_back_to_its_middle()
        {
            // 2 of 40 columns match any allowed proportions.
            var cut = new RandomResizedCrop { MinArea = 1, MaxAspect = 1, Size = 2 }.Apply(Pictures.Counting(2, 40), new RandomStream(1));
            Assert.Equal([19, 20, 59, 60], Ints(cut));
        }
    }

    public class Resizing
    {
        [Theory]
        [InlineData(Interpolation.Nearest)]
        [InlineData(Interpolation.Bilinear)]
        [InlineData(Interpolation.Bicubic)]
        public void Keeps_one_colour_and_proportions(Interpolation interpolation)
        {
            var small = new Resize { Size = 7, Interpolation = interpolation }.Apply(Pictures.Flat(30, 45, 201), new RandomStream(1));
            Assert.Equal((7, 10), (small.Height, small.Width));
            Assert.All(small.Bytes(), value => Assert.Equal(201, value));
        }

        [Fact]
        public void Shrinking_averages_instead_of_aliasing()
        {
            byte[] stripes = [.. Enumerable.Range(0, 16).Select(i => (byte)(i % 2 * 200))];
            var small = Resampling.Resize(new Image(stripes, 1, 16, 1), 1, 4, Interpolation.Bilinear);
            Assert.All(small.Bytes(), value => Assert.InRange(value, 80, 120));
        }

        [Fact]
        public void Enlarging_interpolates_linearly()
        {
            var large = Resampling.Resize(new Image(new byte[] { 0, 100 }, 1, 2, 1), 1, 4, Interpolation.Bilinear);
            Assert.Equal([0, 25, 75, 100], Ints(large));
        }

        [Fact]
        public void Nearest_repeats_pixels() =>
            Assert.Equal([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3], Ints(Resampling.Resize(Pictures.Counting(2, 2), 4, 4, Interpolation.Nearest)));

        [Fact]
        public void To_the_same_size_changes_nothing() =>
            Assert.Equal(Pictures.Noise(9, 9).Bytes(), Resampling.Resize(Pictures.Noise(9, 9), 9, 9, Interpolation.Bicubic).Bytes());
    }

    public class Jitter
    {
        [Fact]
        public void Of_no_strength_changes_nothing() => Assert.Equal(
            Pictures.Noise(9, 9).Bytes(),
            new ColorJitter { Brightness = 0, Contrast = 0, Saturation = 0 }.Apply(Pictures.Noise(9, 9), new RandomStream(1)).Bytes());

        [Fact]
        public void Of_brightness_stays_within_its_factors()
        {
            var jitter = new ColorJitter { Brightness = 0.5, Contrast = 0, Saturation = 0 };
            int[] values = [.. Enumerable.Range(0, 200).Select(seed => Ints(jitter.Apply(Pictures.Flat(1, 1, 100), new RandomStream((ulong)seed)))[0])];
            Assert.InRange(values.Min(), 50, 60);
            Assert.InRange(values.Max(), 140, 150);
        }
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        Assert.Equal("Probability", Assert.Throws<ArgumentOutOfRangeException>(() => new HorizontalFlip { Probability = 2 }).ParamName);
        Assert.Equal("Share", Assert.Throws<ArgumentOutOfRangeException>(() => new RandomShift { Share = -1 }).ParamName);
        Assert.Equal("Padding", Assert.Throws<ArgumentOutOfRangeException>(() => new RandomCrop { Padding = -1 }).ParamName);
        Assert.Equal("MinArea", Assert.Throws<ArgumentOutOfRangeException>(() => new RandomResizedCrop { MinArea = 0 }).ParamName);
        Assert.Equal("Size", Assert.Throws<ArgumentOutOfRangeException>(() => new Resize { Size = 0 }).ParamName);
        Assert.Equal("Brightness", Assert.Throws<ArgumentOutOfRangeException>(() => new ColorJitter { Brightness = 11 }).ParamName);
    }
}
