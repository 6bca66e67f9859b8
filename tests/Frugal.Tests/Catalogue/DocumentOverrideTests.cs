using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;

namespace Frugal.Tests.Catalogue;

public class DocumentOverrideTests
{
    private static readonly CatalogueIndex index = CatalogueIndex.Default.With(typeof(Circle).Assembly);

    /// <summary>As a recipe is laid out: single entries, a list of them, arms by name.</summary>
    private sealed class Plan
    {
        public Shape? Model { get; init; }
        public IReadOnlyList<Shape> Steps { get; init; } = [];
        public IReadOnlyList<(string Name, Branch Branch)> Arms { get; init; } = [];
    }

    private sealed class Branch
    {
        public IReadOnlyList<Shape> Steps { get; init; } = [];
        public int Weight { get; init; }
    }

    private const string Written = "{ model: circle, steps: [ circle, { line: { length: 2 } }, circle: 3 ], arms: { b: { steps: [ line: { length: 1 } ] }, a: { steps: [ circle ] } } }";

    private static string Set(params string[] assignments) =>
        assignments.Aggregate(YamlReader.Parse(Written, "plan.yaml"), (document, assignment) => new DocumentOverride(index).Apply(typeof(Plan), document, assignment)).ToString();

    [Fact]
    public void Names_with_values_are_read_in_order_into_a_list_of_pairs()
    {
        var plan = new Binder(index).Bind<Plan>(YamlReader.Parse(Written, "plan.yaml"));
        Assert.Equal(["b", "a"], plan.Arms.Select(arm => arm.Name));
        Assert.Equal([new Line(1)], plan.Arms[0].Branch.Steps);
        Assert.Equal("""{"b":{"steps":[{"line":{"colour":"dark-red","length":1}}]},"a":{"steps":["circle"]}}""",
            ((DocumentMapping)new ObjectWriter(withDefaults: false).Write(plan))["arms"]!.ToString());
    }

    public class Sets
    {
        [Theory]
        [InlineData("model=small-circle", "\"model\":\"small-circle\"")]
        [InlineData("model={ line: { length: 9 } }", "\"model\":{\"line\":{\"length\":9}}")]
        [InlineData("model.radius=2", "\"model\":{\"circle\":{\"radius\":2}}")]
        [InlineData("model.circle.radius=2", "\"model\":{\"circle\":{\"radius\":2}}")]
        [InlineData("model.circle=2", "\"model\":{\"circle\":2}")]
        [InlineData("model.line.length=2", "\"model\":{\"line\":{\"length\":2}}")]
        [InlineData("steps.line.length=7", "{\"line\":{\"length\":7}}")]
        [InlineData("steps.2.points=7", "{\"circle\":{\"radius\":3,\"points\":7}}")]
        [InlineData("steps.0=line", "\"steps\":[\"line\",")]
        [InlineData("arms.a.steps.circle.points=7", "\"a\":{\"steps\":[{\"circle\":{\"points\":7}}]}")]
        [InlineData("arms.a.weight=7", "\"a\":{\"steps\":[\"circle\"],\"weight\":7}")]
        [InlineData("arms.*.weight=7", "\"weight\":7},\"a\":{\"steps\":[\"circle\"],\"weight\":7}")]
        [InlineData("line.is-dashed=false", "{\"line\":{\"length\":2,\"is-dashed\":false}},{\"circle\":3}],\"arms\":{\"b\":{\"steps\":[{\"line\":{\"length\":1,\"is-dashed\":false}}]}")]
        [InlineData("model.colour=", "\"model\":{\"circle\":{\"colour\":\"\"}}")]
        public void What_the_path_leads_to(string assignment, string expected) => Assert.Contains(expected, Set(assignment), StringComparison.Ordinal);

        [Fact]
        public void One_after_another() =>
            Assert.Contains("\"model\":{\"line\":{\"length\":3,\"is-dashed\":false}}", Set("model=line", "model.length=3", "model.is-dashed=false"), StringComparison.Ordinal);
    }

    public class Refuses
    {
        [Theory]
        [InlineData("model", "--set model: write a path, '=' and a value, as in --set train.epochs=2")]
        [InlineData("modle=x", "--set modle=x: the document has no `modle`; did you mean `model`?")]
        [InlineData("model.radios=1", "--set model.radios=1: `circle` has no option `radios`; did you mean `radius`?")]
        [InlineData("model.radius.x=1", "--set model.radius.x=1: `radius` is a number and has no `x`")]
        [InlineData("steps.circle.points=1", "--set steps.circle.points=1: `steps` has `circle` 2 times; give its position, one of 0, 2")]
        [InlineData("circle.points=1", "--set circle.points=1: `steps` has `circle` 2 times; give its position, one of 0, 2")]
        [InlineData("steps.3.points=1", "--set steps.3.points=1: `steps` has 3 items, counted from 0, so there is no 3")]
        [InlineData("steps.drawing.title=1", "--set steps.drawing.title=1: `steps` has no `drawing`; it has circle, line, circle")]
        [InlineData("arms.c.weight=1", "--set arms.c.weight=1: `arms` has no `c`; it has b, a")]
        [InlineData("model=[", "--set model=[: this is not YAML: While parsing a node, did not find expected node content.")]
        public void What_leads_nowhere(string assignment, string expected) => Assert.Equal(expected, Assert.ThrowsAny<FrugalException>(() => Set(assignment)).Message);

        [Fact]
        public void A_value_out_of_range_naming_the_assignment()
        {
            var document = new DocumentOverride(index).Apply(typeof(Plan), YamlReader.Parse(Written, "plan.yaml"), "model.radius=11");
            Assert.Equal("--set model.radius=11: `radius` must be above 0 and at most 10, got 11", Assert.Throws<BindingException>(() => new Binder(index).Bind<Plan>(document)).Message);
        }
    }

    public class Defaults
    {
        [Theory]
        [InlineData("{ model: { circle: { radius: 2, points: 3 } } }", "{ model: { circle: { radius: 5 } } }", """{"model":{"circle":{"radius":5,"points":3}}}""")]
        [InlineData("{ model: { circle: 2 } }", "{ model: { circle: { points: 3 } } }", """{"model":{"circle":{"radius":2,"points":3}}}""")]
        [InlineData("{ model: { circle: 2 } }", "{ model: circle }", """{"model":{"circle":{"radius":2}}}""")]
        [InlineData("{ model: { circle: 2 } }", "{ model: small-circle }", """{"model":"small-circle"}""")]
        [InlineData("{ model: { circle: 2 } }", "{ model: { line: { length: 1 } } }", """{"model":{"line":{"length":1}}}""")]
        [InlineData("{ steps: [ circle ] }", "{ steps: [ line ] }", """{"steps":["line"]}""")]
        [InlineData("{ arms: { a: { weight: 1 }, b: { weight: 2 } } }", "{ arms: { b: { weight: 3 }, c: {} } }", """{"arms":{"a":{"weight":1},"b":{"weight":3},"c":{}}}""")]
        [InlineData("{ model: circle }", "{ steps: [] }", """{"model":"circle","steps":[]}""")]
        public void Hold_where_nothing_is_written(string defaults, string written, string expected) => Assert.Equal(expected,
            new DocumentDefaults(index).Merge(typeof(Plan), YamlReader.Parse(defaults, "defaults"), YamlReader.Parse(written, "written")).ToString());
    }
}
