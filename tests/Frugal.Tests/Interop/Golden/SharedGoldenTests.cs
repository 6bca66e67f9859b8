using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Tests.Interop.Golden;

/// <summary>The golden files were written by other software: they are read here, written here, and must be the same again.</summary>
public class SharedGoldenTests
{
    [Fact]
    public void Every_golden_file_reads_as_a_case()
    {
        var count = 0;
        foreach (var path in Directory.GetFiles(SharedFolder.Require("golden"), "*.safetensors", SearchOption.AllDirectories))
        {
            using var file = GoldenFile.Open(path);
            Assert.NotEmpty(file.Outputs);
            Assert.NotEmpty(file.Source);
            Assert.NotEmpty(file.Config.Keys);
            count++;
        }
        Assert.InRange(count, 100, int.MaxValue);
    }

    [Fact]
    public void Every_golden_file_survives_being_rewritten()
    {
        foreach (var path in Directory.GetFiles(SharedFolder.Require("golden"), "*.safetensors", SearchOption.AllDirectories))
        {
            using var scope = NewDisposeScope();
            using var original = SafetensorsFile.Open(path);
            using var stream = new MemoryStream();
            SafetensorsWriter.Write(stream, original.Names.Select(name => (name, original.Read(name))), original.Metadata);
            stream.Position = 0;
            using var copy = SafetensorsFile.Parse(stream);
            Assert.Equal(original.Metadata, copy.Metadata);
            Assert.Equal(original.Names.Order(StringComparer.Ordinal), copy.Names.Order(StringComparer.Ordinal));
            foreach (var name in original.Names)
            {
                Assert.Equal(original[name].ToString(), copy[name].ToString());
                Assert.Equal(original.ReadBytes(name), copy.ReadBytes(name));
            }
        }
    }
}
