using System.Text;

namespace Frugal.Graphs.Onnx.Runtime;

/// <summary>
/// Looks through a file in the ONNX format for tensors whose elements lie in other files. ONNX Runtime opens those even for a model that it is given in memory, by paths relative to the working
/// directory; a model from a stranger must not name files to be read, and one in memory has no folder in which they could lie.
/// </summary>
internal static class ExternalTensors
{
    private const int DeepestNesting = 64;
    private const int LengthDelimited = 2, TensorName = 8, ExternalData = 13, DataLocation = 14, External = 1;

    private enum Kind
    {
        Model, TrainingInfo, Function, Graph, Node, Attribute, Tensor, SparseTensor,
    }

    /// <exception cref="GraphException">A tensor lies outside, or the bytes are no such file.</exception>
    public static void Refuse(ReadOnlySpan<byte> model)
    {
        if (model.IsEmpty)
            throw new GraphException("The model's ONNX file is empty; save the model again from the one that a step made ready.");
        Walk(model, Kind.Model, 0);
    }

    private static void Walk(ReadOnlySpan<byte> message, Kind kind, int depth)
    {
        if (depth > DeepestNesting)
            throw new GraphException($"The model's ONNX file nests graphs more than {DeepestNesting} deep; it is damaged, or made to do harm.");
        var reader = new ProtoReader(message);
        while (reader.Next(out int field, out int type))
        {
            if (kind == Kind.Tensor && (field == ExternalData || (field == DataLocation && type != LengthDelimited && reader.Integer == External)))
                throw new GraphException($"The model's ONNX file keeps the tensor '{NameOf(message)}' in another file, and a model in memory has none beside it; export the model again with all weights inside.");
            if (type == LengthDelimited && ChildOf(kind, field) is { } child)
                Walk(reader.Bytes, child, depth + 1);
        }
    }

    private static string NameOf(ReadOnlySpan<byte> tensor)
    {
        var reader = new ProtoReader(tensor);
        string name = "";
        while (reader.Next(out int field, out int type))
        {
            if (field == TensorName && type == LengthDelimited)
                name = Encoding.UTF8.GetString(reader.Bytes[..Math.Min(reader.Bytes.Length, 200)]);
        }
        return name;
    }

    /// <summary>The messages that can hold tensors, by the field numbers of onnx.proto.</summary>
    private static Kind? ChildOf(Kind kind, int field) => (kind, field) switch
    {
        (Kind.Model, 7) => Kind.Graph,
        (Kind.Model, 20) => Kind.TrainingInfo,
        (Kind.Model, 25) => Kind.Function,
        (Kind.TrainingInfo, 1 or 2) => Kind.Graph,
        (Kind.Function, 7) => Kind.Node,
        (Kind.Function, 11) => Kind.Attribute,
        (Kind.Graph, 1) => Kind.Node,
        (Kind.Graph, 5) => Kind.Tensor,
        (Kind.Graph, 15) => Kind.SparseTensor,
        (Kind.Node, 5) => Kind.Attribute,
        (Kind.Attribute, 5 or 10) => Kind.Tensor,
        (Kind.Attribute, 6 or 11) => Kind.Graph,
        (Kind.Attribute, 22 or 23) => Kind.SparseTensor,
        (Kind.SparseTensor, 1 or 2) => Kind.Tensor,
        _ => null,
    };
}
