using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;

namespace Frugal.Tests.Catalogue;

public class BinderTests
{
    private static readonly CatalogueIndex index = CatalogueIndex.Default.With(typeof(Circle).Assembly);

    private static T Bind<T>(string yaml) => new Binder(index).Bind<T>(YamlReader.Parse(yaml, "test.yaml"));

    private static string ErrorsOf<T>(string yaml) => Assert.Throws<BindingException>(() => Bind<T>(yaml)).Message;

    public class Entries
    {
        [Theory]
        [InlineData("circle", 1)]
        [InlineData("circle:", 1)]
        [InlineData("circle: {}", 1)]
        [InlineData("circle: 2.5", 2.5)]
        [InlineData("circle: { radius: 1e-3 }", 0.001)]
        [InlineData("small-circle", 0.1)]
        [InlineData("small-circle: { radius: 3 }", 3)]
        public void Are_written_as_name_options_or_shorthand(string yaml, double radius) =>
            Assert.Equal(radius, Assert.IsType<Circle>(Bind<Shape>(yaml)).Radius);

        [Fact]
        public void A_preset_keeps_the_options_that_are_not_overridden() =>
            Assert.Equal(new Circle { Radius = 3, Points = 8 }, Bind<Shape>("small-circle: { radius: 3 }"));

        [Fact]
        public void A_preset_is_never_changed()
        {
            Bind<Shape>("small-circle: { radius: 3 }");
            Assert.Equal(0.1, Circle.Small.Radius);
        }

        [Fact]
        public void Constructor_parameters_are_options() =>
            Assert.Equal(new Line(7, isDashed: false) { Colour = Colour.Green }, Bind<Shape>("line: { length: 7, is-dashed: false, colour: green }"));

        [Fact]
        public void Nest()
        {
            var drawing = Assert.IsType<Drawing>(Bind<Shape>("""
                drawing:
                  title: "12"
                  parts: [ circle, { circle: { points: 3 } }, small-circle ]
                  frame: { line: { length: 4 } }
                  named:
                    second: { circle: 2 }
                    first: line: { length: 1 }
                  paper: { width-mm: 297 }
                  sizes: [ 3, 1e3 ]
                  shown: 10ep
                  is-open: true
                """.Replace("first: line: { length: 1 }", "first: { line: { length: 1 } }", StringComparison.Ordinal)));
            Assert.Equal("12", drawing.Title);
            Assert.Equal([new Circle(), new Circle { Points = 3 }, Circle.Small], drawing.Parts);
            Assert.Equal(new Line(4), drawing.Frame);
            Assert.Equal(["second", "first"], drawing.Named.Keys);
            Assert.Equal(297, drawing.Paper.WidthMm);
            Assert.Equal([3, 1000], drawing.Sizes);
            Assert.Equal(Duration.Epochs(10), drawing.Shown);
            Assert.True(drawing.IsOpen);
        }

        [Fact]
        public void An_option_that_may_be_empty_takes_null() => Assert.Null(Assert.IsType<Circle>(Bind<Shape>("small-circle: { points: null }")).Points);

        [Fact]
        public void By_name_and_mapping_as_config_files_keep_them()
        {
            var options = (DocumentMapping)JsonReader.Read(System.Text.Json.JsonDocument.Parse("""{ "is_dashed": false, "length": 3 }""").RootElement, "config.json");
            Assert.Equal(new Line(3, isDashed: false), new Binder(index, OptionNaming.Snake).BindEntry<Shape>("line", options));
        }
    }

    public class Errors
    {
        [Theory]
        [InlineData("circle: { radius: 11 }", "test.yaml:1:19: `radius` must be above 0 and at most 10, got 11")]
        [InlineData("line: { length: 101 }", "test.yaml:1:17: `length` must be between 1 and 100, got 101")]
        [InlineData("line: { is-dashed: true }", "test.yaml:1:1: `line` needs `length` (whole number)")]
        [InlineData("circle: { radius: wide }", "test.yaml:1:19: `radius` must be a number, got 'wide'")]
        [InlineData("circle: { radius: .nan }", "test.yaml:1:19: `radius` must be a number, got '.nan'")]
        [InlineData("circle: { radius: }", "test.yaml:1:19: `radius` must be a number, got nothing")]
        [InlineData("circle: { points: 2.5 }", "test.yaml:1:19: `points` must be a whole number, got '2.5'")]
        [InlineData("circle: { points: 3000000000 }", "test.yaml:1:19: `points` must be between -2147483648 and 2147483647, got 3000000000")]
        [InlineData("circle: { points: [ 1 ] }", "test.yaml:1:19: `points` must be a whole number, got a list")]
        [InlineData("circle: { colour: gren }", "test.yaml:1:19: `colour` must be one of dark-red, green; got 'gren'; did you mean `green`?")]
        [InlineData("circle: { radious: 2 }", "test.yaml:1:11: `circle` has no option `radious`; did you mean `radius`?")]
        [InlineData("circle: { Radius: 2 }", "test.yaml:1:11: `circle` has no option `Radius`; did you mean `radius`?")]
        [InlineData("circle: { weight: 2 }", "test.yaml:1:11: `circle` has no option `weight`; known are colour, radius, points")]
        [InlineData("circel", "test.yaml:1:1: there is no shape `circel`; did you mean `circle`?")]
        [InlineData("train", "test.yaml:1:1: `train` is a step, not a shape")]
        [InlineData("hexagon", "test.yaml:1:1: there is no shape `hexagon`; known are circle, small-circle, drawing, line")]
        [InlineData("[ circle ]", "test.yaml:1:1: the document must be a shape, written as its name, or as { name: { option: value } }; got a list")]
        [InlineData("line: 3", "test.yaml:1:7: `line` takes its options as a mapping, { option: value }; got '3'")]
        [InlineData("circle:\nradius: 3", "test.yaml:2:1: `radius` stands beside `circle`; indent it further to make it an option of `circle`")]
        [InlineData("drawing: { title: a, is-open: yes }", "test.yaml:1:31: `is-open` must be true or false, got 'yes'")]
        [InlineData("drawing: { title: a, parts: circle }", "test.yaml:1:29: `parts` must be a list of shapes, got 'circle'; write [ ... ] or begin each item with '- '")]
        [InlineData("drawing: { title: a, parts: [ null ] }", "test.yaml:1:31: each item of `parts` must be a shape, written as its name, or as { name: { option: value } }; got nothing")]
        [InlineData("drawing: { title: a, named: [ circle ] }", "test.yaml:1:29: `named` must be a mapping of names to shapes, got a list")]
        [InlineData("drawing: { title: a, paper: 3 }", "test.yaml:1:29: `paper` must be a mapping of options (width-mm), got '3'")]
        [InlineData("drawing: { title: a, shown: 2 }", "test.yaml:1:29: `shown`: '2' is not a duration: it must not be negative, and a share must not exceed 1 (5ep are epochs, 5ba are batches)")]
        [InlineData("drawing: { title: a, sizes: { a: 1 } }", "test.yaml:1:29: `sizes` must be a list of whole numbers, got a mapping; write [ ... ] or begin each item with '- '")]
        public void Say_what_where_and_what_would_be_right(string yaml, string expected) => Assert.Equal(expected, ErrorsOf<Shape>(yaml));

        [Fact]
        public void Are_found_together()
        {
            string message = ErrorsOf<Shape>("drawing:\n  parts:\n    - circle: { radius: 11, sides: 3 }\n    - circel\n  is-open: 1\n");
            Assert.Equal(["test.yaml:3:29: `circle` has no option `sides`; known are colour, radius, points", "test.yaml:4:7: there is no shape `circel`; did you mean `circle`?",
                "test.yaml:5:12: `is-open` must be true or false, got '1'", "test.yaml:1:1: `drawing` needs `title` (text)"], message.Split('\n'));
        }

        [Fact]
        public void Beyond_ten_are_counted()
        {
            var e = Assert.Throws<BindingException>(() => Bind<IReadOnlyList<Shape>>(string.Concat(Enumerable.Repeat("- nothing-like-it\n", 14))));
            Assert.Equal(10, e.Errors.Count);
            Assert.EndsWith("... and 4 more", e.Message, StringComparison.Ordinal);
        }
    }

    public class Written
    {
        private static readonly Drawing drawing = new()
        {
            Title = "true",
            Parts = [new Circle { Radius = 1e-7 }, new Line(3), new Circle()],
            Frame = new Circle { Points = 4 },
            Named = new Dictionary<string, Shape> { ["no: 1"] = Circle.Small },
            Shown = Duration.Batches(200),
            Sizes = [],
        };

        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public void Objects_read_back_as_they_were(bool withDefaults)
        {
            var written = new ObjectWriter(withDefaults).Write(drawing);
            var fromYaml = Bind<Shape>(YamlWriter.Write(written));
            Assert.Equal(written.ToString(), new ObjectWriter(withDefaults).Write(fromYaml).ToString());
            using var json = System.Text.Json.JsonDocument.Parse(JsonWriter.Write(written));
            var fromJson = new Binder(index).Bind<Shape>(JsonReader.Read(json.RootElement, "test.json"));
            Assert.Equal(written.ToString(), new ObjectWriter(withDefaults).Write(fromJson).ToString());
        }

        [Fact]
        public void Only_what_differs_when_asked()
        {
            Assert.Equal("\"circle\"", new ObjectWriter(withDefaults: false).Write(new Circle()).ToString());
            Assert.Equal("""{"circle":{"points":4}}""", new ObjectWriter(withDefaults: false).Write(new Circle { Points = 4 }).ToString());
            Assert.Equal("""{"circle":{"colour":"green","radius":1,"points":null}}""", new ObjectWriter(withDefaults: true).Write(new Circle()).ToString());
        }

        [Fact]
        public void Options_in_snake_case_for_config_files() =>
            Assert.Equal("""{"colour":"dark-red","length":3,"is_dashed":true}""", new ObjectWriter(withDefaults: true, OptionNaming.Snake).WriteOptions(new Line(3)).ToString());
    }
}
