using Frugal.Data;
using Frugal.Data.Files;
using SkiaSharp;

namespace Frugal.Tests.Data.Files;

public class ImageDecoderTests
{
    private static void Check(byte[] content)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.png");
        File.WriteAllBytes(path, content);
        using var stream = File.OpenRead(path);
        ImageDecoder.Check(stream, path);
    }

    [Fact]
    public void Keeps_pixels_of_a_lossless_file()
    {
        var image = ImageDecoder.Decode(TestImages.Encode(SKEncodedImageFormat.Png, 10, 6, 3), "a.png");
        Assert.Equal((6, 10, 3), (image.Height, image.Width, image.Channels));
        Assert.Equal([4 * 255 / 10, 5 * 255 / 6, 120], image.Pixels.Span.Slice((5 * 10 + 4) * 3, 3).ToArray().Select(value => (int)value));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Accepts_whole_files(SKEncodedImageFormat format)
    {
        byte[] content = TestImages.Encode(format, 20, 20);
        Check(content);
        Assert.Equal(20, ImageDecoder.Decode(content, "a").Width);
    }

    [Fact]
    public void Accepts_a_file_with_something_after_its_end() => Check([.. TestImages.Encode(SKEncodedImageFormat.Jpeg, 20, 20), 0, 0, 0]);

    /// <summary>Wherever a file was cut, it is refused by its name, both when it is listed and when it is decoded, unless all its pixels are still there.</summary>
    [Theory]
    [Trait("Reliability", "T22")]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    public void Refuses_a_file_cut_at_each_of_fifty_points(SKEncodedImageFormat format)
    {
        byte[] content = TestImages.Encode(format, 64, 64);
        var whole = ImageDecoder.Decode(content, "whole");
        int refused = 0;
        for (int point = 0; point < 50; point++)
        {
            byte[] cut = content[..(content.Length * point / 50)];
            try
            {
                Assert.Equal(whole.Pixels.ToArray(), ImageDecoder.Decode(cut, "x.png").Pixels.ToArray());
                Check(cut);
            }
            catch (FrugalException error)
            {
                Assert.Contains("x.png", error.Message);
                Assert.Contains("x.png", Assert.Throws<FrugalException>(() => Check(cut)).Message);
                refused++;
            }
        }
        Assert.InRange(refused, 45, 50);
    }

    /// <summary>A kilobyte that promises four thousand million pixels allocates nothing for them.</summary>
    [Fact]
    [Trait("Reliability", "T22")]
    public void Refuses_a_header_that_claims_too_many_pixels()
    {
        byte[] bomb = TestImages.PngClaiming(65_535, 65_535);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<FrugalException>(() => Check(bomb));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.Contains("65,535x65,535", error.Message);
        Assert.Contains("65,535x65,535", Assert.Throws<FrugalException>(() => ImageDecoder.Decode(bomb, "a.png")).Message);
    }

    [Fact]
    [Trait("Reliability", "T15")]
    public void Ends_in_an_image_or_a_clear_error_whatever_the_bytes()
    {
        var random = new RandomStream(5);
        byte[][] seeds = [TestImages.Encode(SKEncodedImageFormat.Jpeg, 8, 8), TestImages.Encode(SKEncodedImageFormat.Png, 8, 8)];
        for (int i = 0; i < 100_000; i++)
        {
            byte[] content = [.. seeds[i % 2]];
            for (int change = random.NextInt(6); change >= 0; change--)
                content[random.NextInt(content.Length)] = (byte)random.NextInt(256);
            try
            {
                Assert.True(ImageDecoder.Decode(content, "a").Pixels.Length > 0);
            }
            catch (FrugalException)
            {
                // The other allowed end.
            }
        }
    }
}
