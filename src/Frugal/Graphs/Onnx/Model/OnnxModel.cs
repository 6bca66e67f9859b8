namespace Frugal.Graphs.Onnx.Model;

/// <summary>A model as ONNX defines it (onnx.proto, ModelProto and GraphProto).</summary>
internal sealed record OnnxModel
{
    private const long Alignment = 64;

    public required string Name { get; init; }

    public required int Opset { get; init; }

    public required IReadOnlyList<OnnxNode> Nodes { get; init; }

    public required IReadOnlyList<OnnxTensor> Constants { get; init; }

    public required IReadOnlyList<OnnxValue> Inputs { get; init; }

    public required IReadOnlyList<OnnxValue> Outputs { get; init; }

    public required IReadOnlyList<OnnxValue> Intermediates { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Bytes of all constants.</summary>
    public long ConstantBytes => Constants.Sum(constant => constant.Data.Length);

    /// <summary>The message with all constants inside.</summary>
    public ProtoMessage Message() => Message(constant => constant.Message());

    /// <summary>The file with all constants inside, in memory.</summary>
    /// <exception cref="OverflowException">It is larger than an array can be.</exception>
    public byte[] ToArray()
    {
        var message = Message();
        using var stream = new MemoryStream(checked((int)message.Length));
        message.WriteTo(stream);
        return stream.ToArray();
    }

    /// <summary>The message for large constants in a file beside the model, and what that file holds.</summary>
    public (ProtoMessage Model, Action<Stream> WriteData) MessageWithData(string file, long inlineLimit)
    {
        Dictionary<OnnxTensor, long> offsets = [];
        var end = 0L;
        foreach (var constant in Constants.Where(constant => constant.Data.Length > inlineLimit))
        {
            offsets[constant] = end;
            end = (end + constant.Data.Length + Alignment - 1) / Alignment * Alignment;
        }
        var model = Message(constant => offsets.TryGetValue(constant, out var offset) ? constant.Message(file, offset) : constant.Message());
        return (model, stream => WriteData(offsets, stream));
    }

    private static void WriteData(Dictionary<OnnxTensor, long> offsets, Stream stream)
    {
        var position = 0L;
        foreach (var (constant, offset) in offsets)
        {
            stream.Write(new byte[offset - position]);
            constant.Data.WriteTo(stream);
            position = offset + constant.Data.Length;
        }
    }

    private ProtoMessage Message(Func<OnnxTensor, ProtoMessage> constant)
    {
        var graph = new ProtoMessage()
            .Messages(1, Nodes.Select(node => node.Message()))
            .Text(2, Name)
            .Messages(5, Constants.Select(constant))
            .Messages(11, Inputs.Select(input => input.Message()))
            .Messages(12, Outputs.Select(output => output.Message()))
            .Messages(13, Intermediates.Select(value => value.Message()));
        return new ProtoMessage()
            .Integer(1, OnnxVersions.FormatOf(Opset))
            .Text(2, "Frugal")
            .Text(3, typeof(OnnxModel).Assembly.GetName().Version!.ToString(3))
            .Message(7, graph)
            .Message(8, new ProtoMessage().Text(1, "").Integer(2, Opset))
            .Messages(14, Metadata.Select(entry => new ProtoMessage().Text(1, entry.Key).Text(2, entry.Value)));
    }
}
