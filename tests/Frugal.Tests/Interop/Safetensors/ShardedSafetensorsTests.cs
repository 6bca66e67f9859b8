using System.Text;
using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Tests.Interop.Safetensors;

public class ShardedSafetensorsTests
{
    private const string Index = "model.safetensors.index.json";

    private static TemporaryFolder TwoShards(string? index = null)
    {
        using var scope = NewDisposeScope();
        var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder.File("one.safetensors"), [("a", ones(2)), ("b", zeros(3))]);
        SafetensorsWriter.Write(folder.File("two.safetensors"), [("c", arange(4))]);
        System.IO.File.WriteAllText(folder.File(Index), index ??
            """{"metadata":{"total_size":52},"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"two.safetensors"}}""");
        return folder;
    }

    private static string Refusal(string index)
    {
        using var folder = TwoShards(index);
        return Assert.Throws<FrugalException>(() => ShardedSafetensors.Open(folder.File(Index))).Message;
    }

    [Fact]
    public void Reads_every_tensor_from_its_file()
    {
        using var folder = TwoShards();
        using var weights = ShardedSafetensors.Open(folder.File(Index));
        Assert.Equal(["a", "b", "c"], weights.Names);
        Assert.True(weights.TryGet("c", out var entry));
        Assert.Equal("I64 [4]", entry.ToString());
        using var c = weights.Read("c");
        Assert.Equal([0, 1, 2, 3], c.data<long>().ToArray());
        Assert.Throws<FrugalException>(() => weights.Read("d"));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "not accepted as a file name")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "not accepted as a file name")]
    [InlineData("""{"weight_map":{"a":"three.safetensors"}}""", "has no file 'three.safetensors'")]
    [InlineData("""{"weight_map":{"a":"two.safetensors"}}""", "the files do not belong together")]
    [InlineData("""{"weight_map":{"a":"model.safetensors.index.json"}}""", "is not a valid safetensors file")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}""", "'a' is there twice")]
    [InlineData("""{"weight_map":{},"weight_map":{}}""", "weight_map is there twice")]
    [InlineData("""{"weight_map":[]}""", "weight_map is not an object")]
    [InlineData("""{"weight_map":{"a":1}}""", "is not text")]
    [InlineData("""{"weight_map":{"a":{}}}""", "is not text")]
    [InlineData("""{}""", "has no weight_map")]
    [InlineData("""[]""", "not a JSON object")]
    [InlineData("", "not valid JSON")]
    [InlineData("""{"weight_map":{"a":"one.safetensors"}""", "not valid JSON")]
    [InlineData("""{"weight_map":{"a":"one.safetensors"}}{}""", "not valid JSON")]
    [InlineData("""{"weight_map":{"\ud800":"one.safetensors"}}""", "not valid Unicode")]
    public void Hostile_indexes_are_refused(string index, string says) => Assert.Contains(says, Refusal(index), StringComparison.Ordinal);

    [Fact]
    public void A_nesting_bomb_beside_the_map_is_refused() =>
        Assert.Contains("not valid JSON", Refusal("{\"metadata\":" + new string('[', 100_000) + "}"), StringComparison.Ordinal);

    [Fact]
    public void A_link_among_the_files_is_refused_unless_trusted()
    {
        using var folder = TwoShards();
        System.IO.File.Move(folder.File("two.safetensors"), folder.File("blob"));
        System.IO.File.CreateSymbolicLink(folder.File("two.safetensors"), folder.File("blob"));
        Assert.Contains("symbolic link", Assert.Throws<FrugalException>(() => ShardedSafetensors.Open(folder.File(Index))).Message, StringComparison.Ordinal);
        using var weights = ShardedSafetensors.Open(folder.File(Index), ReadLimits.Trusted);
        Assert.Equal(3, weights.Names.Count);
    }

    /// <summary>T15 for index files.</summary>
    [Fact]
    [Trait("Reliability", "T15")]
    public void A_hundred_thousand_mutated_indexes_are_read_or_refused_and_lead_nowhere_else()
    {
        var seed = Encoding.UTF8.GetBytes("""{"metadata":{"total_size":52},"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"sub/two.safetensors"}}""");
        var random = new Random(5);
        int read = 0, refused = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var input = Mutation.Of(seed, random, ["{", "}", "\"", ":", ",", "../", "/", "\\u002e\\u002e/", "\\u0000", "\"weight_map\":", "\"a\":\"one.safetensors\","]);
            try
            {
                foreach (var shard in SafetensorsIndex.Parse(input, "index", ReadLimits.Untrusted).Values)
                    Assert.StartsWith("/models/", Path.GetFullPath(ContainedPath.Resolve("/models", shard)), StringComparison.Ordinal);
                read++;
            }
            catch (FrugalException)
            {
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"input {i} gave {error.GetType().Name}: {error.Message}\n{Encoding.Latin1.GetString(input)}");
            }
        }
        Assert.InRange(read, 1_000, 99_000);
        Assert.InRange(refused, 1_000, 99_000);
    }
}
