using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Studies;

namespace Frugal.Tests.Studies;

public class EmbeddedStudiesTests
{
    [Theory]
    [InlineData(EmbeddedStudies.Quickstart)]
    [InlineData(EmbeddedStudies.Images)]
    [InlineData(EmbeddedStudies.Texts)]
    public void Every_study_is_bound_and_compares_arms_of_one_budget(string name)
    {
        var study = StudyFile.Read(EmbeddedStudies.Read(name), name, CatalogueIndex.Default);
        Assert.Contains("int8", study.Arms.Keys);
        Assert.Equal("dense", study.BaselineName);
        Assert.All(study.Arms.Keys, arm => Assert.NotEmpty(study.RecipeOf(arm).Steps));
    }

    [Fact]
    public void The_data_says_which_study_fits()
    {
        Assert.Equal(EmbeddedStudies.Quickstart, EmbeddedStudies.NameFor(new ImageInfo(1, 28, 28, ["a"], [0], [1])));
        Assert.Equal(EmbeddedStudies.Images, EmbeddedStudies.NameFor(new ImageInfo(3, 32, 32, ["a"], [0, 0, 0], [1, 1, 1])));
        Assert.Equal(EmbeddedStudies.Texts, EmbeddedStudies.NameFor(new TextInfo(TextTask.SequenceClassification, 100, 32, 0, ["a", "b"])));
    }
}
