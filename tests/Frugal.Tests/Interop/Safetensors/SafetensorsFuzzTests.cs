using System.Text;
using Frugal.Interop;
using static Frugal.Tests.Interop.Safetensors.RawSafetensors;

namespace Frugal.Tests.Interop.Safetensors;

/// <summary>T15: mutated files either load or are refused with a typed error; nothing else may happen.</summary>
[Trait("Reliability", "T15")]
public class SafetensorsFuzzTests
{
    private const int Inputs = 100_000, DataBytes = 320;

    private static readonly string[] tokens =
    [
        "{", "}", "[", "]", "\"", ":", ",", "0", "-1", "9223372036854775807", "18446744073709551616", "1e9", "null", "true", "\\ud800", "\\u0000",
        "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "\"F64\"", "\"F4\"", " ", "\0", "PK\u0003\u0004",
    ];

    [Fact]
    public void A_hundred_thousand_mutations()
    {
        var seed = Seed();
        var random = new Random(20_260_801);
        int loaded = 0, refused = 0;
        for (var i = 0; i < Inputs; i++)
        {
            var input = Mutate(seed, random);
            try
            {
                using var file = SafetensorsFile.Parse(new MemoryStream(input));
                foreach (var name in file.Names)
                    Assert.Equal(file[name].Bytes, file.ReadBytes(name).Length);
                loaded++;
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
        // Both must happen, or the mutations are not what they should be.
        Assert.InRange(loaded, Inputs / 100, Inputs);
        Assert.InRange(refused, Inputs / 4, Inputs);
    }

    private static byte[] Seed()
    {
        var header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\",\"source\":\"a file\"}");
        for (var i = 0; i < 20; i++)
            header.Append(',').Append(Tensor($"layer.{i}.weight", i % 2 == 0 ? "F32" : "F16", i % 2 == 0 ? "[2,2]" : "[2,2,2]", $"[{16 * i},{16 * (i + 1)}]"));
        return File(header.Append('}').ToString(), DataBytes);
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = Mutation.Of(seed, random, tokens);
        // Half of the time the length is mended, so that the mutation reaches the parser behind it; now and then it is anything.
        if (bytes.Length > 8 && random.Next(2) == 0)
            BitConverter.GetBytes((long)Math.Max(0, bytes.Length - 8 - DataBytes)).CopyTo(bytes, 0);
        else if (bytes.Length > 8 && random.Next(8) == 0)
            BitConverter.GetBytes(random.NextInt64(2 * bytes.Length)).CopyTo(bytes, 0);
        return bytes;
    }
}
