using System.Security.Cryptography;
using Frugal.Data;

namespace Frugal.Tests.Data;

public class DigitsTests
{
    private static readonly Digits Small = new() { Train = 200, Validation = 100, Test = 100 };

    private static byte[] Pixels(Dataset data)
    {
        var all = new byte[data.Count * 28 * 28];
        for (int index = 0; index < data.Count; index++)
            data.Images().Read(index).Pixels.CopyTo(all.AsMemory(index * 28 * 28));
        return all;
    }

    private static float[] Finished(Dataset data, int index)
    {
        var pixels = new float[28 * 28];
        data.Images().Finish(index, pixels);
        return pixels;
    }

    public class Images
    {
        /// <summary>
        /// The drawing must never change unnoticed, nor differ between machines: results are compared by the fingerprint of the options, which does not
        /// see pixels. Whoever changes the drawing on purpose raises <c>Digits.Version</c> along with this.
        /// </summary>
        [Fact]
        public void Are_the_same_bytes_on_every_machine()
        {
            var splits = Small.Load(null);
            byte[] pixels = [.. Pixels(splits.Train), .. Pixels(splits.Validation!), .. Pixels(splits.Test)];
            Assert.Equal("442ff51eb179a52dc6af5b4a5da46a91", Convert.ToHexStringLower(SHA256.HashData(pixels))[..32]);
        }

        [Fact]
        public void Stay_when_more_are_asked_for()
        {
            var few = new Digits { Train = 50 }.Load(null).Train;
            Assert.Equal(Pixels(few), Pixels(Small.Load(null).Train)[..(50 * 28 * 28)]);
        }

        [Fact]
        public void Differ_between_splits_and_seeds()
        {
            var splits = Small.Load(null);
            Assert.NotEqual(Pixels(splits.Validation!), Pixels(splits.Test));
            Assert.NotEqual(Pixels(splits.Train), Pixels(new Digits { Train = 200, Seed = 1 }.Load(null).Train));
        }

        [Fact]
        public void Hold_every_class_equally_often() =>
            Assert.All(
                Enumerable.Range(0, 200).Select(Small.Load(null).Train.Label).CountBy(label => label),
                pair => Assert.Equal(20, pair.Value));

        [Fact]
        public void Have_the_mean_and_deviation_that_the_loader_normalises_with()
        {
            var data = new Digits { Train = 2000 }.Load(null).Train;
            byte[] pixels = Pixels(data);
            double sum = 0, squares = 0;
            foreach (byte pixel in pixels)
            {
                sum += pixel / 255.0;
                squares += pixel / 255.0 * (pixel / 255.0);
            }
            double mean = sum / pixels.Length;
            Assert.Equal(mean, data.Info.Images().Mean[0], 2e-3);
            Assert.Equal(Math.Sqrt(squares / pixels.Length - mean * mean), data.Info.Images().Std[0], 2e-3);
        }

        [Theory]
        [InlineData(0.0)]
        [InlineData(0.9)]
        public void Stay_on_the_canvas_at_extreme_settings(double variation)
        {
            var wild = new Digits
            {
                Train = 100,
                Rotation = 180,
                Shear = 2,
                Scaling = variation,
                Shift = 14,
                Wobble = 1,
                Elastic = 14,
                StrokeWidth = 8,
                StrokeVariation = variation,
                Fading = variation,
                Size = 28,
                Clutter = 100,
            };
            Assert.Equal(100 * 28 * 28, Pixels(wild.Load(null).Train).Length);
        }
    }

    public class Noise
    {
        [Fact]
        public void Has_the_deviation_that_was_asked_for_and_belongs_to_the_example()
        {
            var data = new Digits { Train = 200, Noise = 0.6 }.Load(null).Train;
            var all = Enumerable.Range(0, 200).SelectMany(index => Finished(data, index)).ToArray();
            double mean = all.Average();
            Assert.InRange(mean, -0.01, 0.01);
            Assert.InRange(Math.Sqrt(all.Average(value => (value - mean) * (value - mean))), 0.594, 0.606);
            Assert.Equal(Finished(data, 3), Finished(data, 3));
            Assert.NotEqual(Finished(data, 3), Finished(data, 4));
        }

        [Fact]
        public void Of_test_and_training_images_is_not_the_same()
        {
            var splits = new Digits { Noise = 0.6 }.Load(null);
            Assert.NotEqual(Finished(splits.Train, 0), Finished(splits.Test, 0));
        }

        [Fact]
        public void Of_zero_changes_nothing() => Assert.All(Finished(Small.Load(null).Train, 0), value => Assert.Equal(0, value));
    }

    public class Splits
    {
        [Fact]
        public void Have_the_sizes_that_were_asked_for_and_no_validation_on_request()
        {
            var splits = new Digits { Train = 30, Validation = 0, Test = 20 }.Load(null);
            Assert.Equal(30, splits.Train.Count);
            Assert.Null(splits.Validation);
            Assert.Equal(20, splits.Test.Count);
            Assert.Equal((1, 28, 28, 10), (splits.Info.Images().Channels, splits.Info.Images().Height, splits.Info.Images().Width, splits.Info.NumClasses));
        }

        [Fact]
        public void Have_a_fingerprint_that_changes_with_every_option()
        {
            Digits[] different =
            [
                new(), new() { Train = 7999 }, new() { Validation = 999 }, new() { Test = 1999 }, new() { Seed = 1 }, new() { Noise = 0.6 }, new() { Rotation = 19 },
                new() { Shear = 0.2 }, new() { Scaling = 0.1 }, new() { Shift = 1 }, new() { Wobble = 0.05 }, new() { Elastic = 1 }, new() { StrokeWidth = 2 },
                new() { StrokeVariation = 0.3 }, new() { Fading = 0.3 }, new() { Size = 18 }, new() { Clutter = 1 },
            ];
            Assert.Equal(different.Length, different.Select(digits => digits.Load(null).Fingerprint).Distinct().Count());
            Assert.Equal(new Digits().Load(null).Fingerprint, new Digits().Load(null).Fingerprint);
        }
    }

    public class Options
    {
        [Fact]
        public void Out_of_range_are_refused_by_name()
        {
            Assert.Equal("Train", Assert.Throws<ArgumentOutOfRangeException>(() => new Digits { Train = 0 }).ParamName);
            Assert.Equal("Noise", Assert.Throws<ArgumentOutOfRangeException>(() => new Digits { Noise = -0.1 }).ParamName);
            Assert.Equal("Rotation", Assert.Throws<ArgumentOutOfRangeException>(() => new Digits { Rotation = 181 }).ParamName);
            Assert.Equal("StrokeWidth", Assert.Throws<ArgumentOutOfRangeException>(() => new Digits { StrokeWidth = 0 }).ParamName);
        }
    }
}
