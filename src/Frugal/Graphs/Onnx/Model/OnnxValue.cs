namespace Frugal.Graphs.Onnx.Model;

/// <summary>Name, element type and shape of an input, an output or an intermediate result.</summary>
/// <param name="Name">Name by which nodes refer to it.</param>
/// <param name="Element">Element type, see <see cref="OnnxElement"/>.</param>
/// <param name="Shape">For each dimension its size, or its name where it depends on the input, or null where nothing is known; null for a shape of which nothing is known at all.</param>
internal sealed record OnnxValue(string Name, int Element, IReadOnlyList<OnnxDimension>? Shape)
{
    public ProtoMessage Message()
    {
        var tensor = new ProtoMessage().Integer(1, Element);
        if (Shape is not null)
            tensor.Message(2, new ProtoMessage().Messages(1, Shape.Select(dimension => dimension.Message())));
        return new ProtoMessage().Text(1, Name).Message(2, new ProtoMessage().Message(1, tensor));
    }
}
