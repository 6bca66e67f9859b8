using Frugal.Interop;

namespace Frugal.Tests.Training.Golden;

public class TrainingGoldenTests
{
    [Theory]
    [InlineData("ast", "mask")]
    [InlineData("ast", "layer")]
    [InlineData("ast", "optimizer")]
    [InlineData("lamb", "lamb_nv")]
    [InlineData("lamb", "lamb_original")]
    [InlineData("lamb", "lars")]
    [InlineData("gradual-pruning", "schedule")]
    [InlineData("gradual-pruning", "masks")]
    [InlineData("gradual-pruning", "training")]
    [InlineData("gradient-noise", "schedule")]
    [InlineData("gradient-noise", "sgd_steps")]
    [InlineData("gradient-noise", "sgd_steps_clipped")]
    [InlineData("augmentation", "recipe")]
    public void Case_agrees(string slug, string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", slug, $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }
}
