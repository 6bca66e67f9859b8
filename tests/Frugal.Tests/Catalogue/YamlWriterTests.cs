using Frugal.Catalogue.Documents;

namespace Frugal.Tests.Catalogue;

public class YamlWriterTests
{
    [Theory]
    [InlineData("a: {b: 1,c: [x, 'y: z']}", "a: { b: 1, c: [ x, \"y: z\" ] }\n")]
    [InlineData("- 'true'\n- true\n- ~\n- '7'\n- 7\n- .inf", "- \"true\"\n- true\n- null\n- \"7\"\n- 7\n- .inf\n")]
    [InlineData("a: {}\nb: []", "a: {}\nb: []\n")]
    [InlineData("x", "x\n")]
    public void Short_values_stand_on_one_line(string yaml, string expected) => Assert.Equal(expected, YamlWriter.Write(YamlReader.Parse(yaml, "test")));

    [Fact]
    public void Long_values_are_laid_out_in_lines()
    {
        string word = new('w', 60);
        string yaml = $"steps: [ train: {{ methods: [ {word}, {word} ], epochs: 2 }}, pack, [ {word}, {word} ] ]";
        string expected = $"steps:\n  - train:\n      methods:\n        - {word}\n        - {word}\n      epochs: 2\n  - pack\n  - - {word}\n    - {word}\n";
        Assert.Equal(expected, YamlWriter.Write(YamlReader.Parse(yaml, "test")));
        Assert.Equal(YamlReader.Parse(yaml, "test").ToString(), YamlReader.Parse(expected, "test").ToString());
    }
}
