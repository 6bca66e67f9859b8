using Frugal.Catalogue;
using Frugal.Catalogue.Documents;
using Frugal.Studies;
using Frugal.Training;
using Frugal.Training.Methods.Pruning;
using Frugal.Training.Optimizers;

namespace Frugal.Tests.Studies;

public class StudyFileTests
{
    private static Study Read(string yaml) => StudyFile.Read(YamlReader.Parse(yaml, "study.yaml"), "mine", CatalogueIndex.Default);

    private static string Refusal(string yaml) => Assert.ThrowsAny<FrugalException>(() => Read(yaml)).Message;

    public class Defaults
    {
        private static Train TrainOf(string arm, string arms) => (Train)Read($$"""
            data: digits
            model: mlp
            defaults: { train: { batch-size: 32, optimizer: { adam: { lr: 0.005 } } } }
            arms:
            {{arms}}
            """).Arms[arm].Steps[0];

        [Fact]
        public void Reach_every_step_of_their_name()
        {
            var train = TrainOf("a", "  a: { steps: [ train ] }");
            Assert.Equal(32, train.BatchSize);
            Assert.Equal(0.005, Assert.IsType<Adam>(train.Optimizer).Lr);
        }

        [Fact]
        public void Give_way_to_what_the_arm_says()
        {
            var train = TrainOf("a", "  a: { steps: [ train: { batch-size: 8 } ] }");
            Assert.Equal(8, train.BatchSize);
            Assert.Equal(0.005, train.Optimizer.Lr);
        }

        [Fact]
        public void Reach_a_method_within_a_step_and_what_is_within_the_defaults_themselves()
        {
            var study = Read("""
                data: digits
                model: mlp
                defaults:
                  train: { methods: [ gradual-pruning ] }
                  gradual-pruning: { final-sparsity: 0.75 }
                  keep-zeros: { exclude: [ head ] }
                arms:
                  a: { steps: [ train ] }
                  b: { steps: [ train: { methods: [ gradual-pruning: { begin: 0.25 }, keep-zeros ] } ] }
                """);
            Assert.Equal(0.75, ((GradualPruning)((Train)study.Arms["a"].Steps[0]).Methods[0]).FinalSparsity);
            var methods = ((Train)study.Arms["b"].Steps[0]).Methods;
            Assert.Equal((0.75, (Duration)0.25), (((GradualPruning)methods[0]).FinalSparsity, ((GradualPruning)methods[0]).Begin));
            Assert.Equal(["head"], ((KeepZeros)methods[1]).Exclude);
        }

        [Theory]
        [InlineData("{ tarin: { epochs: 1 } }", "nothing is called; did you mean")]
        [InlineData("{ evaluate: { batch-size: 8 } }", "no arm has one")]
        [InlineData("[ train ]", "must be a mapping")]
        public void That_reach_nothing_are_refused(string defaults, string said)
        {
            string message = Refusal($$"""{ data: digits, model: mlp, defaults: {{defaults}}, arms: { a: { steps: [ train ] } } }""");
            Assert.Contains(said, message, StringComparison.Ordinal);
            Assert.Contains("study.yaml:1:", message, StringComparison.Ordinal);
        }

        [Fact]
        public void Do_not_pass_the_options_of_one_optimizer_to_another() =>
            Assert.NotEqual(0.005, Assert.IsType<Lamb>(TrainOf("a", "  a: { steps: [ train: { optimizer: lamb } ] }").Optimizer).Lr);
    }

    [Fact]
    public void Takes_its_name_from_the_file_and_its_baseline_from_the_first_arm()
    {
        var study = Read("{ data: digits, model: mlp, arms: { b: { steps: [ train ] }, a: { steps: [ train ] } } }");
        Assert.Equal("mine", study.Name);
        Assert.Equal("b", study.BaselineName);
        Assert.Equal(["b", "a"], study.Arms.Keys);
    }

    [Fact]
    public void An_arm_may_bring_its_own_model()
    {
        var study = Read("{ data: digits, model: mlp, arms: { a: { steps: [ train ] }, b: { model: convnet, steps: [ train ] } } }");
        Assert.NotEqual(study.RecipeOf("a").Model, study.RecipeOf("b").Model);
    }

    [Theory]
    [InlineData("{ data: digits, model: mlp, arms: { a: { steps: [ trian ] } } }", "train")]
    [InlineData("{ data: digits, model: mlp, arms: {} }", "at least one arm")]
    [InlineData("{ data: digits, model: mlp, arms: { a: { steps: [ train: { methods: [ distillation: { teacher: { arm: b } } ] } ] } } }", "an arm 'b', but the arms are a")]
    [InlineData("{ data: digits, model: mlp, arms: { a: { steps: [ train: { methods: [ distillation: { teacher: { arm: b } } ] } ] }, b: { steps: [ train: { methods: [ distillation: { teacher: { arm: a } } ] } ] } } }", "in a circle: a, b, a")]
    [InlineData("{ data: digits, model: mlp, baseline: b, arms: { a: { steps: [ train ] } } }", "study.yaml:1:")]
    [InlineData("{ data: digits, model: mlp, seeds: [1, 1], arms: { a: { steps: [ train ] } } }", "different numbers")]
    [InlineData("{ data: digits, model: mlp, claims: [ \"z.accuracy > 0\" ], arms: { a: { steps: [ train ] } } }", "'z'")]
    [InlineData("{ data: digits, model: mlp, claims: [ \"a.accuracy >> 0\" ], arms: { a: { steps: [ train ] } } }", "makes no sense")]
    [InlineData("{ data: digits, model: mlp, arms: { ../a: { steps: [ train ] } } }", "letters, digits and hyphens")]
    [InlineData("[ 1, 2 ]", "a study is a mapping")]
    public void What_cannot_be_is_refused_with_the_reason(string yaml, string part) =>
        Assert.Contains(part, Refusal(yaml), StringComparison.Ordinal);
}
