using System.Text;
using Frugal.Interop;
using static Frugal.Tests.Interop.Safetensors.RawSafetensors;

namespace Frugal.Tests.Interop.Safetensors;

/// <summary>T12: every known attack on a safetensors reader ends in a typed error, within a second and 64 MB.</summary>
[Trait("Reliability", "T12")]
public class HostileSafetensorsTests
{
    private const long MostBytes = 64 << 20;
    private static readonly string A4 = Tensor("a", "F32", "[1]", "[0,4]");

    private static readonly Dictionary<string, (byte[] File, string Says)> cases = new()
    {
        ["nothing at all"] = ([], "0 bytes"),
        ["seven bytes"] = ([1, 0, 0, 0, 0, 0, 0], "7 bytes"),
        ["header past the end"] = (File("{}"u8.ToArray(), claimedLength: 3), "claims 3 bytes, but only 2 follow"),
        ["header length that wraps when added to"] = (File("{}"u8.ToArray(), claimedLength: ulong.MaxValue - 7), "claims"),
        ["header length with the sign bit"] = (File("{}"u8.ToArray(), claimedLength: 1UL << 63), "claims"),
        ["header of no bytes"] = (File("", 4), "does not start with '{'"),
        ["header longer than the limit"] = (File(new string(' ', 16 << 20) + "{", 0), "longer than 16777216"),
        ["header that starts with a space"] = (File(" {}"), "does not start with '{'"),
        ["header that is a list"] = (File("[]"), "does not start with '{'"),
        ["not UTF-8"] = (File([.. "{\""u8, 0xC3, 0x28, .. "\":{}}"u8]), "not valid UTF-8"),
        ["overlong UTF-8"] = (File([.. "{\""u8, 0xC0, 0xAF, .. "\":{}}"u8]), "not valid UTF-8"),
        ["half a surrogate pair"] = (File("{" + Tensor("\\ud800", "U8", "[0]", "[0,0]") + "}"), "not valid Unicode"),
        ["not JSON"] = (File("{]"), "not valid JSON"),
        ["JSON cut short"] = (File("{" + A4), "not valid JSON"),
        ["comments"] = (File("{/* */}"), "not valid JSON"),
        ["trailing comma"] = (File("{" + A4 + ",}", 4), "not valid JSON"),
        ["two objects"] = (File("{}{}"), "not valid JSON"),
        ["padding with zero bytes"] = (File("{}\0\0"), "not valid JSON"),
        ["nesting bomb"] = (File("{\"a\":" + new string('[', 1_000_000)), "must be an object"),
        ["nesting bomb in a tensor"] = (File("{\"a\":{\"shape\":" + new string('[', 1_000_000)), "whole numbers"),
        ["nesting bomb in the metadata"] = (File("{\"__metadata__\":{\"a\":" + new string('{', 1_000_000)), "must be a string"),
        ["tensor twice"] = (File("{" + A4 + "," + A4 + "}", 4), "'a' is there twice"),
        ["tensor twice, once escaped"] = (File("{" + A4 + "," + A4.Replace("\"a\"", "\"\\u0061\"", StringComparison.Ordinal) + "}", 4), "'a' is there twice"),
        ["dtype twice"] = (File("""{"a":{"dtype":"U8","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4), "has dtype twice"),
        ["shape twice"] = (File("""{"a":{"dtype":"F32","shape":[9],"shape":[1],"data_offsets":[0,4]}}""", 4), "has shape twice"),
        ["offsets twice"] = (File("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9],"data_offsets":[0,4]}}""", 4), "has data_offsets twice"),
        ["metadata twice"] = (File("""{"__metadata__":{},"__metadata__":{}}"""), "is there twice"),
        ["metadata key twice"] = (File("""{"__metadata__":{"k":"1","k":"2"}}"""), "the key 'k' twice"),
        ["metadata with a number"] = (File("""{"__metadata__":{"k":1}}"""), "must be a string"),
        ["metadata with null"] = (File("""{"__metadata__":{"k":null}}"""), "must be a string"),
        ["metadata that is a list"] = (File("""{"__metadata__":[]}"""), "must be an object of strings"),
        ["tensor that is a number"] = (File("""{"a":1}"""), "must be an object"),
        ["unknown key"] = (File("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"code":"x"}}""", 4), "unknown key 'code'"),
        ["dtype missing"] = (File("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4), "lacks dtype"),
        ["shape missing"] = (File("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4), "lacks shape"),
        ["offsets missing"] = (File("""{"a":{"dtype":"F32","shape":[1]}}""", 4), "lacks data_offsets"),
        ["unknown dtype"] = (File("{" + Tensor("a", "F7", "[1]", "[0,4]") + "}", 4), "unknown type 'F7'"),
        ["dtype in small letters"] = (File("{" + Tensor("a", "f32", "[1]", "[0,4]") + "}", 4), "unknown type 'f32'"),
        ["dtype that is a number"] = (File("""{"a":{"dtype":3,"shape":[1],"data_offsets":[0,4]}}""", 4), "'dtype' must be a string"),
        ["one offset"] = (File("{" + Tensor("a", "F32", "[1]", "[0]") + "}", 4), "1 data_offsets"),
        ["three offsets"] = (File("{" + Tensor("a", "F32", "[1]", "[0,4,8]") + "}", 4), "more than 2"),
        ["negative offset"] = (File("{" + Tensor("a", "F32", "[1]", "[-4,0]") + "}", 4), "whole numbers"),
        ["offset with a fraction"] = (File("{" + Tensor("a", "F32", "[1]", "[0,4.0]") + "}", 4), "whole numbers"),
        ["offset with an exponent"] = (File("{" + Tensor("a", "F32", "[1]", "[0,4e0]") + "}", 4), "whole numbers"),
        ["offset that is text"] = (File("{" + Tensor("a", "F32", "[1]", "[0,\"4\"]") + "}", 4), "whole numbers"),
        ["offset above 64 bits"] = (File("{" + Tensor("a", "F32", "[1]", "[0,18446744073709551620]") + "}", 4), "whole numbers"),
        ["reversed offsets"] = (File("{" + Tensor("a", "F32", "[1]", "[4,0]") + "}", 4), "before it starts"),
        ["offsets beyond the file"] = (File("{" + Tensor("a", "F32", "[2]", "[0,8]") + "}", 4), "only 4 bytes of data"),
        ["offsets of exabytes"] = (File("{" + Tensor("a", "U8", "[9000000000000000000]", "[0,9000000000000000000]") + "}", 4), "too many elements"),
        ["overlap"] = (File("{" + Tensor("a", "F32", "[2]", "[0,8]") + "," + Tensor("b", "F32", "[2]", "[4,12]") + "}", 12), "overlap"),
        ["same bytes twice"] = (File("{" + A4 + "," + Tensor("b", "F32", "[1]", "[0,4]") + "}", 4), "overlap"),
        ["hole at the start"] = (File("{" + Tensor("a", "F32", "[1]", "[4,8]") + "}", 8), "holes"),
        ["hole in the middle"] = (File("{" + A4 + "," + Tensor("b", "F32", "[1]", "[8,12]") + "}", 12), "holes"),
        ["bytes after the last tensor"] = (File("{" + A4 + "}", 5), "1 bytes after the last tensor"),
        ["bytes without any tensor"] = (File("{}", 4), "4 bytes after the last tensor"),
        ["shape whose product overflows"] = (File("{" + Tensor("a", "F32", "[4294967296,4294967296]", "[0,0]") + "}"), "too many elements"),
        ["shape whose product overflows to the right size"] = (File("{" + Tensor("a", "U8", "[9223372036854775807,2]", "[0,4]") + "}", 4), "too many elements"),
        ["absurd shape hidden by a zero"] = (File("{" + Tensor("a", "F32", "[4611686018427387904,4611686018427387904,0]", "[0,0]") + "}"), "too many elements"),
        ["negative dimension"] = (File("{" + Tensor("a", "F32", "[-1]", "[0,4]") + "}", 4), "whole numbers"),
        ["65 dimensions"] = (File("{" + Tensor("a", "U8", "[" + string.Join(',', Enumerable.Repeat(1, 65)) + "]", "[0,1]") + "}", 1), "more than 64 numbers"),
        ["a million dimensions"] = (File("{" + Tensor("a", "U8", "[" + string.Join(',', Enumerable.Repeat(1, 1_000_000)) + "]", "[0,1]") + "}", 1), "more than 64 numbers"),
        ["size below shape times type"] = (File("{" + Tensor("a", "F32", "[2]", "[0,4]") + "}", 4), "needs 8 bytes but its offsets give it 4"),
        ["size above shape times type"] = (File("{" + Tensor("a", "U8", "[2]", "[0,4]") + "}", 4), "needs 2 bytes but its offsets give it 4"),
        ["half a byte"] = (File("{" + Tensor("a", "F4", "[3]", "[0,1]") + "}", 1), "does not fill whole bytes"),
        ["terminal escape in a name"] = (File("{" + Tensor("\\u001b[31m\\u202e", "F7", "[1]", "[0,4]") + "}", 4), @"\u001b[31m\u202e"),
        ["a hundred thousand and one tensors"] = (File("{" + string.Join(',', Enumerable.Range(0, 100_001).Select(i => Tensor($"{i}", "U8", "[0]", "[0,0]"))) + "}"), "more than 100000 tensors"),
    };

    public static TheoryData<string> Cases => [.. cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Is_refused(string name)
    {
        var (file, says) = cases[name];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = ThreadClock.Now;
        var error = Refuse(file);
        Assert.InRange(ThreadClock.Now - start, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        Assert.StartsWith("evil.safetensors ", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    private static FrugalException Refuse(byte[] file) =>
        Assert.Throws<FrugalException>(() => SafetensorsFile.Parse(new MemoryStream(file), name: "evil.safetensors"));

    [Fact]
    public void A_header_above_the_formats_own_bound_is_refused_even_when_trusted()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("long.safetensors");
        using (var file = new FileStream(path, FileMode.CreateNew))
        {
            file.Write(BitConverter.GetBytes(100_000_001L));
            file.Write("{"u8);
            file.SetLength(100_000_100);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<FrugalException>(() => SafetensorsFile.Open(path, ReadLimits.Trusted));
        Assert.Contains("longer than 100000000", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_stream_that_cannot_seek_is_not_read_past_the_limit()
    {
        var stream = new ThrottledStream(new byte[1 << 20], most: 1 << 16, canSeek: false);
        var error = Assert.Throws<FrugalException>(() => SafetensorsFile.Parse(stream, new ReadLimits { MaxBufferedBytes = 100_000 }));
        Assert.Contains("longer than 100000 bytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(stream.Position, 100_000, 200_000);
    }

    [Fact]
    public void A_file_that_shrinks_after_opening_is_an_error_not_zeros()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        System.IO.File.WriteAllBytes(path, File("{" + A4 + "}", 4));
        using var file = SafetensorsFile.Open(path);
        using (var shrink = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            shrink.SetLength(shrink.Length - 1);
        Assert.Contains("became shorter", Assert.Throws<FrugalException>(() => file.ReadBytes("a")).Message, StringComparison.Ordinal);
    }

    /// <summary>Odd but valid: these must load.</summary>
    public class Oddities
    {
        private static SafetensorsFile Load(string header, int dataBytes = 0) => SafetensorsFile.Parse(new MemoryStream(File(header, dataBytes)));

        [Fact]
        public void No_tensors_at_all() => Assert.Empty(Load("{}").Names);

        [Fact]
        public void Empty_metadata() => Assert.Empty(Load("""{"__metadata__":{}}""").Metadata);

        [Fact]
        public void Spaces_and_line_breaks_after_the_header() => Assert.Equal(["a"], Load("{" + A4 + "}  \n ", 4).Names);

        [Fact]
        public void Scalar()
        {
            var file = Load("{" + Tensor("a", "F32", "[]", "[0,4]") + "}", 4);
            Assert.Empty(file["a"].Shape);
            Assert.Equal(1, file["a"].Elements);
        }

        [Fact]
        public void Empty_tensors_between_others()
        {
            var file = Load("{" + Tensor("e", "F32", "[0,3]", "[4,4]") + "," + A4 + "," + Tensor("b", "U8", "[1]", "[4,5]") + "," + Tensor("f", "I64", "[0]", "[5,5]") + "}", 5);
            Assert.Equal(["a", "e", "b", "f"], file.Names);
            Assert.Empty(file.ReadBytes("e"));
            Assert.Equal([(byte)(4 * 37)], file.ReadBytes("b"));
        }

        [Fact]
        public void Packed_types_of_six_and_four_bits()
        {
            var file = Load("{" + Tensor("a", "F6_E2M3", "[4]", "[0,3]") + "," + Tensor("b", "F4", "[2]", "[3,4]") + "}", 4);
            Assert.Equal(3, file.ReadBytes("a").Length);
            Assert.Equal("F4 [2]", file["b"].ToString());
        }

        [Fact]
        public void Odd_names() =>
            Assert.Equal(["", "a b", "ключ", "../x", "__metadata"], Load("{" + string.Join(',', new[] { "", "a b", "ключ", "../x", "__metadata" }.Select(name => Tensor(name, "U8", "[0]", "[0,0]"))) + "}").Names);

        [Fact]
        public void Header_of_the_largest_accepted_size()
        {
            var header = "{" + A4 + "}";
            Assert.Equal(["a"], Load(header + new string(' ', (16 << 20) - Encoding.UTF8.GetByteCount(header)), 4).Names);
        }
    }
}
