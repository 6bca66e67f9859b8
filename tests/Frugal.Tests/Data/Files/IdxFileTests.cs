using System.IO.Compression;
using Frugal.Data.Files;

namespace Frugal.Tests.Data.Files;

public class IdxFileTests
{
    /// <summary>An IDX file of unsigned bytes.</summary>
    internal static byte[] Make(int[] shape, byte[] bytes) =>
        [0, 0, 8, (byte)shape.Length, .. shape.SelectMany(side => new[] { (byte)(side >> 24), (byte)(side >> 16), (byte)(side >> 8), (byte)side }), .. bytes];

    private static byte[] Compress(byte[] content)
    {
        using var memory = new MemoryStream();
        using (var zip = new GZipStream(memory, CompressionLevel.Optimal))
            zip.Write(content);
        return memory.ToArray();
    }

    private static string Refused(byte[] content, int rank = 3)
    {
        string message = Assert.Throws<FrugalException>(() => IdxFile.Parse(content, "images.idx", rank)).Message;
        Assert.StartsWith("images.idx is not a valid IDX file", message);
        return message;
    }

    private static readonly byte[] Good = Make([2, 2, 3], [.. Enumerable.Range(0, 12).Select(i => (byte)i)]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reads_plain_and_compressed(bool compressed)
    {
        var file = IdxFile.Parse(compressed ? Compress(Good) : Good, "images.idx", 3);
        Assert.Equal([2, 2, 3], file.Shape);
        Assert.Equal(Enumerable.Range(0, 12), file.Bytes.Select(value => (int)value));
    }

    [Fact]
    public void Refuses_every_cut()
    {
        for (int length = 0; length < Good.Length; length++)
            Refused(Good[..length]);
    }

    // The last bytes of a compressed file hold no data.
    [Fact]
    public void Refuses_a_compressed_file_that_lost_data()
    {
        byte[] content = Compress(Good);
        for (int length = 3; length < content.Length - 12; length++)
            Assert.Contains("ends before", Refused(content[..length]));
    }

    [Fact]
    public void Refuses_bytes_after_the_end() => Assert.Contains("follow", Refused([.. Good, 1]));

    [Fact]
    public void Refuses_another_type_or_rank()
    {
        Assert.Contains("00000801", Refused(Make([3], [1, 2, 3])));
        Assert.Contains("00000d03", Refused([0, 0, 13, 3, .. Good[4..]]));
    }

    [Fact]
    public void Refuses_dimensions_that_the_file_cannot_hold_before_allocating_them()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (int[] shape in new[] { new[] { -1, -1, -1 }, [1000, 1000, 1000], [1 << 30, 1, 1], [2, 0, 3] })
        {
            Refused(Make(shape, []));
            Refused(Compress(Make(shape, [])));
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    [Trait("Reliability", "T15")]
    public void Ends_in_a_result_or_a_clear_error_whatever_the_bytes()
    {
        var random = new RandomStream(1);
        byte[] zipped = Compress(Good);
        for (int i = 0; i < 100_000; i++)
        {
            byte[] content = i % 8 == 0 ? [.. zipped] : [.. Good];
            for (int change = random.NextInt(4); change >= 0; change--)
                content[random.NextInt(content.Length)] = (byte)random.NextInt(256);
            try
            {
                var file = IdxFile.Parse(content[..random.NextInt(content.Length + 1)], "images.idx", 3);
                Assert.Equal(file.Shape.Aggregate(1L, (product, side) => product * side), file.Bytes.Length);
            }
            catch (FrugalException)
            {
                // The other allowed end.
            }
        }
    }
}
