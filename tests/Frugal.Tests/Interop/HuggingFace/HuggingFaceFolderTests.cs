using Frugal.Interop;
using static TorchSharp.torch;

namespace Frugal.Tests.Interop.HuggingFace;

public class HuggingFaceFolderTests
{
    private static void Write(string path)
    {
        using var scope = NewDisposeScope();
        HuggingFaceFolder.Write(path, """{"architecture":"mlp","hidden":[3]}""", [("fc.weight", arange(6, dtype: ScalarType.Float32).reshape(2, 3)), ("fc.bias", ones(2))]);
    }

    [Fact]
    public void Round_trips()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Write(folder.File("model"));
        Assert.Equal(["config.json", "model.safetensors"], Directory.GetFiles(folder.File("model")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var model = HuggingFaceFolder.Open(folder.File("model"));
        Assert.Equal("mlp", model.Config.GetProperty("architecture").GetString());
        Assert.Equal(["fc.bias", "fc.weight"], model.Weights.Names);
        Assert.Equal([0, 1, 2, 3, 4, 5], model.Weights.Read("fc.weight").data<float>().ToArray());
        Assert.Equal("pt", Assert.IsType<SafetensorsFile>(model.Weights).Metadata["format"]);
    }

    [Fact]
    public void Sharded_weights_are_found()
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path);
        File.Move(folder.File("model.safetensors"), folder.File("model-00001-of-00001.safetensors"));
        File.WriteAllText(folder.File("model.safetensors.index.json"), """{"weight_map":{"fc.bias":"model-00001-of-00001.safetensors"}}""");
        using var model = HuggingFaceFolder.Open(folder.Path);
        Assert.Equal(["fc.bias"], model.Weights.Names);
    }

    [Fact]
    public void What_is_missing_or_wrong_is_said()
    {
        using var folder = new TemporaryFolder();
        string Refusal(string path) => Assert.Throws<FrugalException>(() => HuggingFaceFolder.Open(path)).Message;
        Assert.Contains("is not a folder", Refusal(folder.File("no")), StringComparison.Ordinal);
        Assert.Contains("config.json could not be read: there is no such file", Refusal(folder.Path), StringComparison.Ordinal);
        File.WriteAllText(folder.File("config.json"), "{}");
        Assert.Contains("has neither model.safetensors", Refusal(folder.Path), StringComparison.Ordinal);
        File.WriteAllText(folder.File("pytorch_model.bin"), "");
        Assert.Contains("only as pytorch_model.bin, a pickle", Refusal(folder.Path), StringComparison.Ordinal);
        Assert.Contains("torch.load", Refusal(folder.Path), StringComparison.Ordinal);
        File.WriteAllText(folder.File("config.json"), "[]");
        Assert.Contains("must hold a JSON object", Refusal(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_that_is_no_object_is_not_written()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<FrugalException>(() => HuggingFaceFolder.Write(folder.File("m"), "[1]", []));
        Assert.Throws<FrugalException>(() => HuggingFaceFolder.Write(folder.File("m"), "{", []));
        Assert.Empty(folder.Names());
    }
}
