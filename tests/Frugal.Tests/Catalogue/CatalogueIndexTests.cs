using System.Reflection;
using System.Reflection.Emit;
using Frugal.Catalogue;
using Frugal.Recipes;
using Frugal.Training;

namespace Frugal.Tests.Catalogue;

public class CatalogueIndexTests
{
    private static readonly CatalogueIndex index = CatalogueIndex.Default.With(typeof(Circle).Assembly);

    [Fact]
    public void Finds_entries_by_kind_and_name()
    {
        var entry = CatalogueIndex.Default.Find(typeof(Step), "train")!;
        Assert.Equal(typeof(Train), entry.Type);
        Assert.Equal("steps", entry.Kind.Plural);
        Assert.Null(CatalogueIndex.Default.Find(typeof(TrainingMethod), "train"));
    }

    [Fact]
    public void Another_assembly_makes_another_index()
    {
        Assert.Null(CatalogueIndex.Default.Find(typeof(Shape), "circle"));
        Assert.Equal(typeof(Circle), index.Find(typeof(Shape), "circle")!.Type);
        Assert.NotNull(index.Find(typeof(Step), "train"));
        Assert.Same(index, index.With(typeof(Circle).Assembly));
    }

    [Fact]
    public void Presets_are_names_of_their_kind()
    {
        Assert.Equal(["circle", "small-circle", "drawing", "line"], index.NamesOf(typeof(Shape)));
        Assert.Equal(Circle.Small, index.FindPreset(typeof(Shape), "small-circle")!.Value);
    }

    [Fact]
    public void A_name_given_twice_is_refused()
    {
        var e = Assert.Throws<FrugalException>(() => new CatalogueIndex([], [typeof(Circle), typeof(Circle)]));
        Assert.Contains("'circle' is given to two shapes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_of_no_kind_is_refused()
    {
        var module = AssemblyBuilder.DefineDynamicAssembly(new("Stray"), AssemblyBuilderAccess.Run).DefineDynamicModule("Stray");
        var type = module.DefineType("Stray");
        type.SetCustomAttribute(new CustomAttributeBuilder(typeof(EntryAttribute).GetConstructor([typeof(string)])!, ["stray"]));
        var e = Assert.Throws<FrugalException>(() => new CatalogueIndex([], [type.CreateType()]));
        Assert.Contains("no base type of it is a kind of entry", e.Message, StringComparison.Ordinal);
    }

    public class Options
    {
        private static readonly CatalogueEntry circle = index.Find(typeof(Shape), "circle")!, line = index.Find(typeof(Shape), "line")!;

        [Fact]
        public void Are_the_init_properties_base_types_first()
        {
            Assert.Equal(["colour", "radius", "points"], circle.Options.Select(option => option.Name));
            Assert.Equal(["colour", "title", "parts", "frame", "named", "paper", "sizes", "shown", "is-open"],
                index.Find(typeof(Shape), "drawing")!.Options.Select(option => option.Name));
        }

        [Fact]
        public void Know_shape_default_range_and_comment()
        {
            var radius = circle.Shorthand!;
            Assert.Equal("radius", radius.Name);
            Assert.Equal("number", radius.Shape.Words);
            Assert.Equal(1.0, circle.Defaults[radius]);
            Assert.Equal((0, 10, true), (radius.Range!.Low, radius.Range.High, radius.Range.AboveLow));
            Assert.False(radius.AllowsNull);
            Assert.True(circle.Options[2].AllowsNull);
            Assert.Equal("dark-red or green", circle.Options[0].Shape.Words);
            Assert.Equal(Colour.Green, circle.Defaults[circle.Options[0]]);
        }

        [Fact]
        public void Include_constructor_parameters_with_a_property_of_the_same_name()
        {
            var (length, isDashed) = (line.Options.Single(option => option.Name == "length"), line.Options.Single(option => option.Name == "is-dashed"));
            Assert.True(length.IsRequired);
            Assert.Equal(100, length.Range!.High);
            Assert.False(isDashed.IsRequired);
            Assert.Equal(true, line.Defaults[isDashed]);
        }

        [Fact]
        public void Of_types_that_cannot_be_written_are_refused()
        {
            Assert.Throws<NotSupportedException>(() => OptionShape.Of(typeof(Stream)));
            Assert.Throws<NotSupportedException>(() => OptionShape.Of(typeof(Dictionary<int, string>)));
        }
    }

    public class Documentation
    {
        [Fact]
        public void Is_read_from_the_comments()
        {
            var train = CatalogueIndex.Default.Find(typeof(Step), "train")!;
            Assert.StartsWith("Trains the subject's model", train.Summary, StringComparison.Ordinal);
            var lr = EntryOption.Of(typeof(Frugal.Training.Optimizers.Optimizer)).Single();
            Assert.Equal("Peak learning rate; the schedule multiplies it.", lr.Summary);
        }
    }

    [Theory]
    [InlineData("FinalSparsity", "final-sparsity")]
    [InlineData("Lr", "lr")]
    [InlineData("UseEMA", "use-ema")]
    [InlineData("EMADecay", "ema-decay")]
    [InlineData("Beta1", "beta1")]
    [InlineData("Conv2dKernel", "conv2d-kernel")]
    [InlineData("inFeatures", "in-features")]
    public void Names_turn_into_kebab_case(string name, string expected) => Assert.Equal(expected, KebabCase.Of(name));

    [Theory]
    [InlineData("lmab", "lamb")]
    [InlineData("gradual-prunning", "gradual-pruning")]
    [InlineData("pruning", "gradual-pruning")]
    [InlineData("resnet-20", "resnet20")]
    [InlineData("xylophone", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_offered_when_it_is_near(string written, string? expected) =>
        Assert.Equal(expected, NearestName.Of(written, ["lamb", "sgd", "gradual-pruning", "resnet20", "resnet110"]));
}
