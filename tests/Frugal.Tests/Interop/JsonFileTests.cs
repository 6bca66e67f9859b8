using System.Text;
using System.Text.Json;
using Frugal.Interop;

namespace Frugal.Tests.Interop;

public class JsonFileTests
{
    private static string Refusal(ReadOnlyMemory<byte> text) => Assert.Throws<FrugalException>(() => JsonFile.Parse(text, "config.json")).Message;

    private static string Refusal(string text) => Refusal(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Faults_are_named_with_file_and_place()
    {
        Assert.Equal("config.json is not valid JSON: '}' is an invalid start of a value. LineNumber: 1 | BytePositionInLine: 5.", Refusal("{\n\"a\": }"));
        Assert.Contains("config.json", Refusal(""), StringComparison.Ordinal);
        Assert.Contains("not valid JSON", Refusal("{\"a\":1,\"a\":2}"), StringComparison.Ordinal);
        Assert.Contains("not valid JSON", Refusal("{\"a\":1,\"\\u0061\":2}"), StringComparison.Ordinal);
        Assert.Contains("not valid JSON", Refusal("{\"a\":1} {}"), StringComparison.Ordinal);
        Assert.Contains("not valid JSON", Refusal("// no comments\n{}"), StringComparison.Ordinal);
        Assert.Contains("depth", Refusal(new string('[', 1000) + new string(']', 1000)), StringComparison.Ordinal);
        Assert.Contains("not valid Unicode", Refusal("{\"a\":\"\\ud800\"}"), StringComparison.Ordinal);
        Assert.Contains("not valid Unicode", Refusal(new byte[] { (byte)'"', 0xC3, 0x28, (byte)'"' }), StringComparison.Ordinal);
    }

    [Fact]
    public void Size_is_bounded_before_reading()
    {
        using var folder = new TemporaryFolder();
        using (var file = new FileStream(folder.File("huge.json"), FileMode.CreateNew))
            file.SetLength(1L << 40);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("MaxJsonBytes", Assert.Throws<FrugalException>(() => JsonFile.Read(folder.File("huge.json"))).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Memory_stays_below_64_megabytes_for_the_worst_accepted_text()
    {
        var text = Encoding.UTF8.GetBytes("[" + string.Concat(Enumerable.Repeat("1,", (1 << 19) - 2)) + "1]");
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var document = JsonFile.Parse(text, "numbers");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    /// <summary>T15 for configuration files.</summary>
    [Fact]
    [Trait("Reliability", "T15")]
    public void A_hundred_thousand_mutations_parse_or_are_refused()
    {
        var seed = Encoding.UTF8.GetBytes("""{"architecture":"vit","depth":12,"lr":1e-3,"labels":["a","ß","\u00e9"],"nested":{"list":[1,[2,[3]]],"none":null,"yes":true}}""");
        var random = new Random(7);
        int parsed = 0, refused = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var input = Mutation.Of(seed, random, ["{", "}", "[", "]", "\"", ":", ",", "\\ud800", "1e999", "\"depth\":1,", "\0"]);
            try
            {
                using var document = JsonFile.Parse(input, "fuzz");
                Touch(document.RootElement);
                parsed++;
            }
            catch (FrugalException)
            {
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"input {i} gave {error.GetType().Name}: {error.Message}\n{Convert.ToBase64String(input)}");
            }
        }
        Assert.InRange(parsed, 1_000, 99_000);
        Assert.InRange(refused, 1_000, 99_000);
    }

    private static void Touch(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
            element.GetString();
        else if (element.ValueKind == JsonValueKind.Array)
            foreach (var item in element.EnumerateArray())
                Touch(item);
        else if (element.ValueKind == JsonValueKind.Object)
            foreach (var property in element.EnumerateObject())
                Touch(property.Value);
    }
}
