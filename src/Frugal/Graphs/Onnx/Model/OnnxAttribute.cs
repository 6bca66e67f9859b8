namespace Frugal.Graphs.Onnx.Model;

/// <summary>A named constant of an operator: a <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, list of <see cref="long"/> or of <see cref="string"/>.</summary>
internal sealed record OnnxAttribute(string Name, object Value)
{
    public ProtoMessage Message()
    {
        var message = new ProtoMessage().Text(1, Name);
        return Value switch
        {
            bool flag => message.Integer(3, flag ? 1 : 0).Integer(20, 2),
            int number => message.Integer(3, number).Integer(20, 2),
            long number => message.Integer(3, number).Integer(20, 2),
            double number => message.Single(2, (float)number).Integer(20, 1),
            string text => message.Text(4, text).Integer(20, 3),
            IEnumerable<long> numbers => message.Integers(8, numbers).Integer(20, 7),
            IEnumerable<string> texts => Texts(message, texts).Integer(20, 8),
            _ => throw new ArgumentException($"attribute {Name} cannot hold a {Value.GetType()}"),
        };
    }

    private static ProtoMessage Texts(ProtoMessage message, IEnumerable<string> texts)
    {
        foreach (var text in texts)
            message.Text(9, text);
        return message;
    }
}
