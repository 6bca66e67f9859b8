using Frugal.Interop;

namespace Frugal.Tests.Training.Golden;

public class AugmentationGoldenTests
{
    [Theory]
    [InlineData("mixing")]
    [InlineData("randaugment_ops")]
    public void Case_agrees(string name)
    {
        string path = SharedFolder.Require("golden", "augmentation", $"{name}.safetensors");
        var result = new GoldenWalker().Verify(path);
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }
}
