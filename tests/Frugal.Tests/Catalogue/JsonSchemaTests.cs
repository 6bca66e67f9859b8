using System.Text.Json;
using Frugal.Catalogue;
using Frugal.Catalogue.Documents;
using Frugal.Catalogue.Schema;

namespace Frugal.Tests.Catalogue;

public class JsonSchemaTests
{
    private static readonly JsonElement schema = JsonDocument.Parse(
        JsonWriter.Write(JsonSchema.Of(CatalogueIndex.Default.With(typeof(Circle).Assembly), "A shape", typeof(Shape)))).RootElement;

    private static bool Accepts(string yaml) => SchemaCheck.Accepts(schema, JsonDocument.Parse(JsonWriter.Write(YamlReader.Parse(yaml, "test"))).RootElement);

    [Theory]
    [InlineData("circle")]
    [InlineData("circle:")]
    [InlineData("circle: 2")]
    [InlineData("small-circle: { points: null, colour: dark-red }")]
    [InlineData("line: { length: 100, is-dashed: false }")]
    [InlineData("drawing: { title: a, parts: [ circle, { line: { length: 1 } } ], frame: null, named: { x: circle }, paper: { width-mm: 3 }, sizes: [ 1 ], shown: 10ep }")]
    public void Accepts_what_the_binder_does(string yaml) => Assert.True(Accepts(yaml));

    [Theory]
    [InlineData("circel")]
    [InlineData("line")]
    [InlineData("circle: { radius: 0 }")]
    [InlineData("circle: { radius: 10.5 }")]
    [InlineData("circle: { radius: wide }")]
    [InlineData("circle: { points: 2.5 }")]
    [InlineData("circle: { colour: blue }")]
    [InlineData("circle: { sides: 3 }")]
    [InlineData("{ circle: {}, line: { length: 3 } }")]
    [InlineData("{}")]
    [InlineData("line: { is-dashed: true }")]
    [InlineData("line: 3")]
    [InlineData("drawing: { title: a, parts: circle }")]
    [InlineData("drawing: { title: a, named: { x: y } }")]
    public void Refuses_what_the_binder_does(string yaml) => Assert.False(Accepts(yaml));

    [Fact]
    public void Tells_editors_what_an_option_is_for()
    {
        var radius = schema.GetProperty("$defs").GetProperty("shape.circle").GetProperty("anyOf")[0].GetProperty("properties").GetProperty("radius");
        Assert.Equal(1, radius.GetProperty("default").GetDouble());
        Assert.Equal(0, radius.GetProperty("exclusiveMinimum").GetDouble());
        Assert.Equal(10, radius.GetProperty("maximum").GetDouble());
        Assert.True(radius.TryGetProperty("description", out _));
    }
}
