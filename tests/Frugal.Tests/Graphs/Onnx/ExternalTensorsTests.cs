using Frugal.Data;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Runtime;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Models.Vision;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Graphs.Onnx;

/// <summary>Models from strangers that name other files. A model in memory has no folder, so whatever the place and the numbers, it is refused before ONNX Runtime sees it.</summary>
[Trait("Reliability", "T19")]
public class ExternalTensorsTests
{
    private const int Float = 1;

    /// <summary><c>output = input + w</c> with four weights that lie outside, as these entries say.</summary>
    private static byte[] Model(params (string Key, string Value)[] entries) => Write(Graph(External("w", entries)));

    private static ProtoMessage External(string name, params (string Key, string Value)[] entries) => entries.Aggregate(
        new ProtoMessage().Integers(1, [4]).Integer(2, Float).Text(8, name),
        (tensor, entry) => tensor.Message(13, new ProtoMessage().Text(1, entry.Key).Text(2, entry.Value))).Integer(14, 1);

    private static ProtoMessage Inside(string name) => new ProtoMessage().Integers(1, [4]).Integer(2, Float).Text(8, name).Bytes(9, new byte[16]);

    private static ProtoMessage Value(string name) => new ProtoMessage().Text(1, name)
        .Message(2, new ProtoMessage().Message(1, new ProtoMessage().Integer(1, Float).Message(2, new ProtoMessage().Message(1, new ProtoMessage().Integer(1, 4)))));

    private static ProtoMessage Node(string op, string output, params string[] inputs) =>
        inputs.Aggregate(new ProtoMessage(), (node, input) => node.Text(1, input)).Text(2, output).Text(4, op);

    private static ProtoMessage Graph(ProtoMessage weight) => new ProtoMessage()
        .Message(1, Node("Add", "output", "input", "w")).Text(2, "graph").Message(5, weight).Message(11, Value("input")).Message(12, Value("output"));

    private static byte[] Write(ProtoMessage graph, Func<ProtoMessage, ProtoMessage>? more = null)
    {
        var model = new ProtoMessage().Integer(1, 8).Message(7, graph).Message(8, new ProtoMessage().Text(1, "").Integer(2, 17));
        return Bytes(more is null ? model : more(model));
    }

    private static byte[] Bytes(ProtoMessage message)
    {
        using var stream = new MemoryStream();
        message.WriteTo(stream);
        return stream.ToArray();
    }

    private static string Refusal(byte[] model) => Assert.Throws<GraphException>(() =>
    {
        using var session = new OnnxSession(model);
    }).Message;

    [Fact]
    public void A_model_with_all_its_weights_inside_runs()
    {
        using var scope = NewDisposeScope();
        using var session = new OnnxSession(Write(Graph(Inside("w"))));
        Assert.Equal([1f, 1f, 1f, 1f], session.Run([ones(4)])[0].data<float>().ToArray());
    }

    [Theory]
    [InlineData("location", "/etc/hostname")]
    [InlineData("location", "../weights.bin")]
    [InlineData("location", "weights.bin")]
    [InlineData("location", "folder/../../weights.bin")]
    [InlineData("location", "link.bin")]
    [InlineData("location", "linked-folder/weights.bin")]
    [InlineData("location", "missing.bin")]
    [InlineData("location", "")]
    [InlineData("offset", "-4")]
    [InlineData("length", "-16")]
    [InlineData("offset", "999999999999")]
    [InlineData("length", "sixteen")]
    [InlineData("checksum", "0")]
    public void Wherever_the_weights_are_said_to_lie(string key, string value)
    {
        (string, string)[] entries = key == "location" ? [(key, value), ("offset", "0"), ("length", "16")] : [("location", "weights.bin"), (key, value)];
        Assert.Contains("keeps the tensor 'w' in another file", Refusal(Model(entries)), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_there_are_not_opened_either()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("weights.bin"), new byte[16]);
        File.CreateSymbolicLink(folder.File("link.bin"), folder.File("weights.bin"));
        foreach (string file in (string[])["weights.bin", "link.bin"])
            Assert.Contains("another file", Refusal(Model(("location", folder.File(file)))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_only_says_that_it_lies_outside() => Assert.Contains("another file", Refusal(Model()), StringComparison.Ordinal);

    public static TheoryData<string> Places => ["constant", "list of tensors", "branch", "list of graphs", "sparse tensor", "function", "training", "second graph"];

    [Theory]
    [MemberData(nameof(Places))]
    public void Wherever_in_the_file_they_hide(string place)
    {
        var outside = External("hidden", ("location", "weights.bin"));
        ProtoMessage With(int field, ProtoMessage value) => Graph(Inside("w")).Message(1, Node("Constant", "c").Message(5, new ProtoMessage().Text(1, "value").Message(field, value)));
        byte[] model = place switch
        {
            "constant" => Write(With(5, outside)),
            "list of tensors" => Write(With(10, outside)),
            "branch" => Write(With(6, Graph(outside))),
            "list of graphs" => Write(With(11, Graph(outside))),
            "sparse tensor" => Write(Graph(Inside("w")).Message(15, new ProtoMessage().Message(1, outside))),
            "function" => Write(Graph(Inside("w")), m => m.Message(25, new ProtoMessage().Text(1, "f").Message(7, Node("Constant", "c").Message(5, new ProtoMessage().Text(1, "value").Message(5, outside))))),
            "training" => Write(Graph(Inside("w")), m => m.Message(20, new ProtoMessage().Message(2, Graph(outside)))),
            _ => Write(Graph(Inside("w")), m => m.Message(7, new ProtoMessage().Message(5, outside))),
        };
        Assert.Contains("'hidden'", Refusal(model), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_cut_off_or_nested_without_end_is_refused()
    {
        byte[] whole = Write(Graph(Inside("w")));
        // Where a field ends, what is left is a whole message of less; ONNX Runtime refuses that.
        for (int length = 0; length < whole.Length; length += 3)
            Refusal(whole[..length]);
        var graph = Graph(Inside("w"));
        for (int depth = 0; depth < 200; depth++)
            graph = new ProtoMessage().Message(1, Node("If", "o", "c").Message(5, new ProtoMessage().Message(6, graph)));
        Assert.Contains("deep", Refusal(Write(graph)), StringComparison.Ordinal);
        Assert.Contains("damaged", Refusal([0x3b, 0x01, 0xff]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_model_from_a_stranger_is_refused_when_it_runs_and_opens_no_file()
    {
        using var scope = NewDisposeScope();
        byte[] bytes = Model(("location", "/etc/hostname"), ("offset", "0"), ("length", "16"));
        using var model = (RuntimeModel)new RuntimeModelConfig { NumClasses = 4, InputShape = [1, 2, 2], OutputShape = [4], Bytes = bytes.Length }.Build();
        using var folder = new TemporaryFolder();
        bytes.CopyTo(model.buffers().First(buffer => buffer.dtype == ScalarType.Byte).bytes);
        ModelFolder.Save(model, folder.Path);
        using var loaded = ModelFolder.Load(folder.Path);
        loaded.eval();
        Assert.Contains("keeps the tensor 'w' in another file", Assert.Throws<GraphException>(() => loaded.call(zeros(1, 1, 2, 2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_exporter_writes_is_not_refused()
    {
        using var scope = NewDisposeScope();
        using var model = new MlpConfig { HiddenSizes = [8] }.FitTo(new ImageInfo(1, 4, 4, ["a", "b"], [0], [1])).Build();
        ExternalTensors.Refuse(OnnxExporter.InMemory(Frugal.Graphs.Graph.Capture(model, zeros(2, 1, 4, 4)), new()).ToArray());
    }

    /// <summary>What ONNX Runtime does by itself, which is why we look first: it opens a file in the working directory for a model that it is given in memory.</summary>
    [Fact]
    public void ONNX_Runtime_alone_goes_looking_for_the_file()
    {
        byte[] model = Model(("location", "frugal-no-such-file.bin"), ("offset", "0"), ("length", "16"));
        var error = Assert.Throws<OnnxRuntimeException>(() =>
        {
            using var session = new InferenceSession(model);
        });
        Assert.Contains("frugal-no-such-file.bin", error.Message, StringComparison.Ordinal);
    }
}
