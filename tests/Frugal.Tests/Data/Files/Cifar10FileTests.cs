using Frugal.Data.Files;

namespace Frugal.Tests.Data.Files;

public class Cifar10FileTests
{
    /// <summary>A file of records whose pixels tell record, channel and place.</summary>
    internal static byte[] Make(int count, int labels = 10)
    {
        var bytes = new byte[count * 3073];
        for (int i = 0; i < count; i++)
        {
            bytes[i * 3073] = (byte)(i % labels);
            for (int p = 0; p < 3072; p++)
                bytes[i * 3073 + 1 + p] = (byte)(i * 50 + p / 1024 * 20 + p % 1024 % 7);
        }
        return bytes;
    }

    [Fact]
    public void Interleaves_the_three_planes()
    {
        var (pixels, labels) = Cifar10File.Parse(Make(3), "a.bin");
        Assert.Equal([0, 1, 2], labels.Select(label => (int)label));
        int place = 5 * 32 + 9;
        Assert.Equal([100 + place % 7, 120 + place % 7, 140 + place % 7], pixels.AsSpan(2 * 3072 + place * 3, 3).ToArray().Select(value => (int)value));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3072)]
    [InlineData(3074)]
    public void Refuses_what_is_no_whole_number_of_records(int length) =>
        Assert.Contains("a.bin", Assert.Throws<FrugalException>(() => Cifar10File.Parse(new byte[length], "a.bin")).Message);

    [Fact]
    public void Refuses_a_label_above_nine()
    {
        byte[] bytes = Make(4);
        bytes[2 * 3073] = 10;
        string message = Assert.Throws<FrugalException>(() => Cifar10File.Parse(bytes, "a.bin")).Message;
        Assert.Contains("record 2", message);
        Assert.Contains("label 10", message);
    }

    [Fact]
    [Trait("Reliability", "T15")]
    public void Ends_in_a_result_or_a_clear_error_whatever_the_bytes()
    {
        var random = new RandomStream(2);
        byte[] content = Make(2);
        for (int i = 0; i < 100_000; i++)
        {
            content[random.NextInt(2) * 3073] = (byte)random.NextInt(12);
            int length = random.NextInt(4) switch { 0 => random.NextInt(content.Length), 1 => 3073, _ => content.Length };
            try
            {
                var (pixels, labels) = Cifar10File.Parse(content.AsSpan(0, length), "a.bin");
                Assert.Equal(labels.Length * 3072, pixels.Length);
                Assert.DoesNotContain(labels, label => label > 9);
            }
            catch (FrugalException)
            {
                // The other allowed end.
            }
        }
    }
}
