namespace Frugal.Graphs.Onnx.Model;

/// <summary>A dimension of a shape: a size, a name, or neither where it is only known when the model runs.</summary>
internal readonly record struct OnnxDimension(long? Size, string? Name)
{
    public ProtoMessage Message()
    {
        var message = new ProtoMessage();
        return Size is { } size ? message.Integer(1, size) : Name is { } name ? message.Text(2, name) : message;
    }
}
