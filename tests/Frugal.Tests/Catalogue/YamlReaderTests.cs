using System.Text;
using CsCheck;
using Frugal.Catalogue.Documents;

namespace Frugal.Tests.Catalogue;

public class YamlReaderTests
{
    private static string ErrorOf(string yaml) => Assert.Throws<DocumentException>(() => YamlReader.Parse(yaml, "test.yaml")).Message;

    [Fact]
    public void Keeps_order_quotes_and_places()
    {
        var root = (DocumentMapping)YamlReader.Parse("b: 1\na:\n  - '2'\n  - { c: ~ }\n", "test.yaml");
        Assert.Equal("""{"b":1,"a":["2",{"c":null}]}""", root.ToString());
        Assert.Equal("test.yaml:3:5", ((DocumentList)root["a"]!).Items[0].Mark.ToString());
    }

    [Theory]
    [InlineData("a: 1\na: 2", "test.yaml:2:1: `a` is given twice, first in line 1; keep one")]
    [InlineData("a: !!python/object:os.system [ ls ]", "test.yaml:1:4: the type tag 'tag:yaml.org,2002:python/object:os.system' is not allowed; remove it")]
    [InlineData("a: !file x", "test.yaml:1:4: the type tag '!file' is not allowed; remove it")]
    [InlineData("a: *b", "test.yaml:1:4: the alias '*b' has no anchor '&b' before it")]
    [InlineData("? [ a ]\n: 1", "test.yaml:1:3: a list stands where a name was expected")]
    [InlineData("a: 1\n---\nb: 2", "test.yaml:2:1: a second document begins here; a file holds one")]
    [InlineData("", "test.yaml:1:1: the file is empty")]
    [InlineData("# only a comment", "test.yaml:2:1: the file is empty")]
    public void Refuses_with_the_place(string yaml, string expected) => Assert.Equal(expected, ErrorOf(yaml));

    [Theory]
    [InlineData("a: [ 1, 2")]
    [InlineData("a: 'open")]
    [InlineData("a: b: c")]
    [InlineData("a: \"\\q\"")]
    [InlineData("- a\nb: 1")]
    [InlineData("%YAML 9.9\n---\na: 1")]
    public void Refuses_what_is_not_yaml(string yaml) => Assert.StartsWith("test.yaml:", ErrorOf(yaml), StringComparison.Ordinal);

    [Fact]
    public void Refuses_half_a_character()
    {
        // Not a theory: the runner would turn its lone surrogates into question marks.
        foreach (string yaml in new[] { "a: \ud800", "\udc00: 1", "a: 'x\ud800\ud800'", "a: \"\\ud800\"" })
            Assert.StartsWith("test.yaml:1:", ErrorOf(yaml), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_an_alias_bomb()
    {
        var yaml = new StringBuilder("a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n");
        for (int i = 1; i < 12; i++)
            yaml.AppendLine($"a{i}: &a{i} [ {string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))} ]");
        Assert.Contains("more than 100000 values once aliases are followed", ErrorOf(yaml.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_an_alias_of_itself() => Assert.Contains("has no anchor", ErrorOf("a: &a [ *a ]"), StringComparison.Ordinal);

    [Fact]
    public void Follows_aliases() => Assert.Equal("""{"a":[1],"b":[1]}""", YamlReader.Parse("a: &x [ 1 ]\nb: *x", "test.yaml").ToString());

    [Theory]
    [InlineData(1000)]
    [InlineData(400_000)]
    public void Refuses_what_is_nested_too_deep(int depth)
    {
        Assert.Contains("nested deeper than 64 levels", ErrorOf(new string('[', depth)), StringComparison.Ordinal);
        Assert.Contains("nested deeper than 64 levels", ErrorOf(string.Concat(Enumerable.Repeat("{a: ", depth / 10)) + "1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_scalar_of_ten_megabytes() =>
        Assert.Equal("test.yaml: the file is 10,485,763 bytes long; at most 1,048,576 are read", ErrorOf("a: " + new string('x', 10 << 20)));

    public class Files
    {
        [Fact]
        public void Too_large_are_refused_before_they_are_read()
        {
            using var folder = new TemporaryFolder();
            string path = Path.Combine(folder.Path, "sparse.yaml");
            using (var file = File.Create(path))
                file.SetLength(1L << 40);
            Assert.Contains("1,099,511,627,776 bytes long", Assert.Throws<DocumentException>(() => YamlReader.ReadFile(path)).Message, StringComparison.Ordinal);
        }

        [Fact]
        public void Absent_or_of_another_encoding_are_named()
        {
            using var folder = new TemporaryFolder();
            string path = Path.Combine(folder.Path, "räts el.yaml");
            Assert.Contains(path, Assert.Throws<FrugalException>(() => YamlReader.ReadFile(path)).Message, StringComparison.Ordinal);
            File.WriteAllBytes(path, [(byte)'a', (byte)':', (byte)' ', 0xE4]);
            Assert.Equal($"{path}: is not UTF-8 text; save it as UTF-8", Assert.Throws<DocumentException>(() => YamlReader.ReadFile(path)).Message);
        }
    }

    private const string Recipe = """
        # a comment
        data: { digits: { noise: 0.6 } }
        model: &m vit-tiny
        steps:
          - train: { epochs: 4, optimizer: { lamb: { lr: 1e-2 } }, methods: [ gradient-noise ] }
          - "export-onnx": >-
              pruned.onnx
          - other: *m
          - |
            literal
        """;

    /// <summary>Reads the recipe with a few bytes changed, removed or doubled: a document or a <see cref="FrugalException"/>, nothing else.</summary>
    [Fact]
    public void Mutations_are_read_or_refused()
    {
        const string Alphabet = "\n\t :-?[]{},&*!|>'\"%@`#~\\x0\0\u00e4\ud800";
        Gen.Select(Gen.Int[0, Recipe.Length - 1], Gen.Char[Alphabet], Gen.Int[0, 2]).Array[1, 6].Sample(edits =>
        {
            string text = Recipe;
            foreach (var (at, letter, kind) in edits)
            {
                int position = Math.Min(at, text.Length - 1);
                text = kind switch { 0 => text.Remove(position, 1).Insert(position, letter.ToString()), 1 => text.Insert(position, letter.ToString()), _ => text[..position] + text[(position / 2)..] };
            }
            try
            {
                YamlWriter.Write(YamlReader.Parse(text, "test.yaml"));
            }
            catch (FrugalException)
            {
            }
        }, iter: 20_000, threads: 1);
    }

    /// <summary>Any text, as a name and as a value, survives being written and read.</summary>
    [Fact]
    public void Written_texts_read_back()
    {
        string[] hard = ["null", "true", "1e5", ".inf", "- a", "a: b", "*x", " a ", "ä€", "007", "yes"];
        var texts = Gen.OneOf(Gen.String[Gen.Char["ab \n\t:#-'\"\\{}[],&*!|>%@`~0.1e"], 0, 8], Gen.Int[0, hard.Length - 1].Select(i => hard[i]));
        Gen.Select(texts, texts).Sample((name, value) =>
        {
            DocumentNode node = DocumentMapping.Of("x" + name, new DocumentList([DocumentScalar.OfText(value), DocumentMapping.Of(name, DocumentScalar.OfText(value))]));
            Assert.Equal(node.ToString(), YamlReader.Parse(YamlWriter.Write(node), "test.yaml").ToString());
        }, iter: 5_000, threads: 1);
    }
}
