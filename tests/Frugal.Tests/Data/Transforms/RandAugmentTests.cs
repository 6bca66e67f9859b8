using Frugal.Data;
using Frugal.Data.Transforms;

namespace Frugal.Tests.Data.Transforms;

public class RandAugmentTests
{
    private static readonly Image Picture = Pictures.Noise(12, 15);
    private static readonly byte[] Fill = [128, 128, 128];

    private static Image Apply(AugmentOperation operation, double argument, Image? image = null) =>
        Augmentation.Apply(operation, image ?? Picture, argument, Interpolation.Bilinear, Fill);

    public class Operations
    {
        [Theory]
        [InlineData("Rotate", 0)]
        [InlineData("ShearX", 0)]
        [InlineData("ShearY", 0)]
        [InlineData("TranslateXRel", 0)]
        [InlineData("TranslateYRel", 0)]
        [InlineData("Brightness", 1)]
        [InlineData("Contrast", 1)]
        [InlineData("Color", 1)]
        [InlineData("Sharpness", 1)]
        [InlineData("Posterize", 8)]
        [InlineData("Solarize", 256)]
        [InlineData("SolarizeAdd", 0)]
        public void Of_no_strength_change_nothing(string operation, double argument)
        {
            foreach (var interpolation in Enum.GetValues<Interpolation>())
                Assert.Equal(Picture.Bytes(), Augmentation.Apply(Enum.Parse<AugmentOperation>(operation), Picture, argument, interpolation, Fill).Bytes());
        }

        [Fact]
        public void Inverting_twice_changes_nothing() =>
            Assert.Equal(Picture.Bytes(), Apply(AugmentOperation.Invert, 0, Apply(AugmentOperation.Invert, 0)).Bytes());

        [Fact]
        public void A_quarter_turn_is_counter_clockwise()
        {
            // 0 1 2    2 5 8
            // 3 4 5 -> 1 4 7
            // 6 7 8    0 3 6
            var turned = Augmentation.Apply(AugmentOperation.Rotate, Pictures.Counting(3, 3), 90, Interpolation.Nearest, Fill);
            Assert.Equal([2, 5, 8, 1, 4, 7, 0, 3, 6], turned.Bytes().Select(value => (int)value));
        }

        [Fact]
        public void A_translation_shows_the_fill_colour()
        {
            var moved = Augmentation.Apply(AugmentOperation.TranslateXRel, Pictures.Counting(1, 4), 0.5, Interpolation.Nearest, [77]);
            Assert.Equal([2, 3, 77, 77], moved.Bytes().Select(value => (int)value));
        }

        [Fact]
        public void Posterize_solarize_and_add_follow_their_formulas()
        {
            var ramp = new Image(Enumerable.Range(0, 256).Select(i => (byte)i).ToArray(), 1, 256, 1);
            Assert.All(Enumerable.Range(0, 256), value =>
            {
                Assert.Equal(value & 0b1110_0000, Apply(AugmentOperation.Posterize, 3, ramp).Bytes()[value]);
                Assert.Equal(value < 110 ? value : 255 - value, Apply(AugmentOperation.Solarize, 110, ramp).Bytes()[value]);
                Assert.Equal(value < 128 ? Math.Min(255, value + 66) : value, Apply(AugmentOperation.SolarizeAdd, 66, ramp).Bytes()[value]);
            });
        }

        [Fact]
        public void Autocontrast_spans_the_range_and_leaves_flat_channels()
        {
            var stretched = Apply(AugmentOperation.AutoContrast, 0, new Image(new byte[] { 50, 60, 101 }, 1, 3, 1)).Bytes();
            Assert.Equal([0, 50, 255], stretched.Select(value => (int)value));
            Assert.Equal(Pictures.Flat(3, 3, 9).Bytes(), Apply(AugmentOperation.AutoContrast, 0, Pictures.Flat(3, 3, 9)).Bytes());
        }

        [Fact]
        public void Equalize_leaves_one_colour_and_small_images()
        {
            Assert.Equal(Pictures.Flat(30, 30, 9).Bytes(), Apply(AugmentOperation.Equalize, 0, Pictures.Flat(30, 30, 9)).Bytes());
            Assert.Equal(Pictures.Counting(5, 5).Bytes(), Apply(AugmentOperation.Equalize, 0, Pictures.Counting(5, 5)).Bytes());
        }

        [Fact]
        public void Factor_zero_gives_black_the_mean_the_grey_and_the_smooth_image()
        {
            Assert.All(Apply(AugmentOperation.Brightness, 0).Bytes(), value => Assert.Equal(0, value));
            Assert.Single(Apply(AugmentOperation.Contrast, 0).Bytes().Distinct());
            byte[] grey = Apply(AugmentOperation.Color, 0).Bytes();
            for (int i = 0; i < grey.Length; i += 3)
                Assert.True(grey[i] == grey[i + 1] && grey[i] == grey[i + 2]);
            var smooth = Apply(AugmentOperation.Sharpness, 0, Pictures.Counting(3, 3));
            Assert.Equal(Pictures.Counting(3, 3).Bytes(), smooth.Bytes());
        }

        [Fact]
        public void Work_on_grey_images()
        {
            var grey = Pictures.Noise(10, 10, channels: 1);
            Assert.All(Enum.GetValues<AugmentOperation>(), operation => Assert.Equal(100, Apply(operation, 1, grey).Pixels.Length));
        }
    }

    public class Magnitudes
    {
        private static double ArgumentOf(string operation, double magnitude, bool increasing) =>
            Math.Abs(Severity.ArgumentOf(Enum.Parse<AugmentOperation>(operation), magnitude, increasing, new RandomStream(1)));

        [Theory]
        [InlineData("Rotate", 10, true, 30)]
        [InlineData("ShearX", 5, true, 0.15)]
        [InlineData("TranslateYRel", 10, false, 0.45)]
        [InlineData("Posterize", 9, true, 1)]
        [InlineData("Posterize", 9, false, 3)]
        [InlineData("Solarize", 10, true, 0)]
        [InlineData("Solarize", 9, false, 230)]
        [InlineData("SolarizeAdd", 10, true, 110)]
        [InlineData("Color", 5, false, 1)]
        [InlineData("Sharpness", 0, true, 1)]
        public void Become_arguments_by_the_table(string operation, double magnitude, bool increasing, double expected) =>
            Assert.Equal(expected, ArgumentOf(operation, magnitude, increasing), 1e-9);

        [Fact]
        public void Go_both_ways_where_an_operation_has_a_sign()
        {
            var random = new RandomStream(1);
            double[] angles = [.. Enumerable.Range(0, 50).Select(_ => Severity.ArgumentOf(AugmentOperation.Rotate, 10, true, random))];
            Assert.Equal([-30, 30], angles.Distinct().Order());
            double[] factors = [.. Enumerable.Range(0, 50).Select(_ => Severity.ArgumentOf(AugmentOperation.Color, 10, true, random))];
            Assert.Equal([0.1, 1.9], factors.Distinct().Order());
        }

        [Fact]
        public void Are_drawn_around_the_recipes_and_clipped()
        {
            var random = new RandomStream(1);
            double[] drawn = [.. Enumerable.Range(0, 2000).Select(_ => RandAugmentRecipe.Parse("rand-m9-mstd0.5").DrawMagnitude(random))];
            Assert.InRange(drawn.Average(), 8.9, 9.1);
            Assert.True(drawn.Max() <= 10);
            double[] uniform = [.. Enumerable.Range(0, 2000).Select(_ => RandAugmentRecipe.Parse("rand-m8-mstd101").DrawMagnitude(random))];
            Assert.InRange(uniform.Average(), 3.8, 4.2);
            Assert.True(uniform.Max() < 8);
            Assert.Equal(12, RandAugmentRecipe.Parse("rand-m12-mmax20").DrawMagnitude(random));
        }
    }

    public class Recipes
    {
        [Fact]
        public void Are_read_in_any_order()
        {
            var recipe = RandAugmentRecipe.Parse("rand-p0.7-inc1-m9-mstd0.5-n3-mmax15");
            Assert.Equal(new RandAugmentRecipe(9, 3, 0.7, 0.5, 15, true), recipe);
            Assert.Equal(new RandAugmentRecipe(10, 2, 0.5, 0, 10, false), RandAugmentRecipe.Parse("rand"));
        }

        [Theory]
        [InlineData("augmix-m3", "must begin with 'rand'")]
        [InlineData("rand-m", "'m'")]
        [InlineData("rand-9", "is unknown")]
        [InlineData("rand-m9-k2", "'k2'")]
        [InlineData("rand-m9-m8", "a second time")]
        [InlineData("rand-m101", "between 0 and 100")]
        [InlineData("rand-n0", "between 1 and 100")]
        [InlineData("rand-n1.5", "whole number")]
        [InlineData("rand-p2", "between 0 and 1")]
        [InlineData("rand-mNaN", "'mNaN'")]
        [InlineData("rand-m9-", "''")]
        public void With_a_mistake_are_refused_with_the_part(string recipe, string expected)
        {
            string message = Assert.Throws<FrugalException>(() => new RandAugment { Recipe = recipe }).Message;
            Assert.Contains(expected, message);
            Assert.Contains(recipe, message);
        }
    }

    [Fact]
    public void Keeps_the_size_and_follows_the_stream()
    {
        var transform = new RandAugment { Recipe = "rand-m9-n4-mstd0.5-inc1-p1" }.For(Pictures.Info(12, 15));
        byte[] first = transform.Apply(Picture, new RandomStream(4)).Bytes();
        Assert.Equal(Picture.Pixels.Length, first.Length);
        Assert.Equal(first, transform.Apply(Picture, new RandomStream(4)).Bytes());
        Assert.NotEqual(first, transform.Apply(Picture, new RandomStream(5)).Bytes());
        Assert.Equal(Pictures.Noise(12, 15).Bytes(), Picture.Bytes());
    }

    [Fact]
    public void Fills_with_the_mean_of_the_data()
    {
        var transform = new RandAugment { Recipe = "rand-m10-n1-p1-inc1" }.For(Pictures.Info(8, 8, channels: 1) with { Mean = [0.4] });
        // A picture of the mean colour stays of one colour whatever the operation, if what comes into view has that colour too.
        var flat = Pictures.Flat(8, 8, 102);
        for (ulong seed = 0; seed < 100; seed++)
            Assert.Single(transform.Apply(flat, new RandomStream(seed)).Bytes().Distinct());
    }
}
