using Frugal.Recipes.Steps;
using Microsoft.ML.OnnxRuntime;

namespace Frugal.Tests.Recipes.Steps;

public class ExportOnnxTests
{
    [Fact]
    public void Writes_into_the_folder_of_the_run_with_the_names_of_the_classes()
    {
        using var folder = new TemporaryFolder();
        using var subject = TinySubject.Of(TinySubject.ConvNet, folder: folder.Path);
        Assert.Same(subject, new ExportOnnx { Path = "net.onnx" }.Apply(subject));
        Assert.Equal(["net.onnx"], folder.Names());
        using var session = new InferenceSession(folder.File("net.onnx"));
        Assert.Contains(subject.Data.Info.ClassNames[0], session.ModelMetadata.CustomMetadataMap["class_names"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../out.onnx")]
    [InlineData("/out.onnx")]
    public void Never_leaves_the_folder_of_the_run(string path)
    {
        using var folder = new TemporaryFolder();
        using var subject = TinySubject.Of(folder: folder.Path);
        Assert.Throws<FrugalException>(() => new ExportOnnx { Path = path }.Apply(subject));
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void Refuses_a_tolerance_of_zero() => Assert.Throws<ArgumentOutOfRangeException>(() => new ExportOnnx { Tolerance = 0 });
}
