using System.Globalization;

namespace Frugal.Graphs.Onnx.Model;

/// <summary>One operator of the model.</summary>
/// <param name="Operator">Name in ONNX's operator set.</param>
/// <param name="Name">Name for people: the module's path and the operator.</param>
/// <param name="Inputs">Names of the arguments; empty where an optional one is left out.</param>
/// <param name="Outputs">Names of the results.</param>
/// <param name="Attributes">Its constants.</param>
internal sealed record OnnxNode(
    string Operator, string Name, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<OnnxAttribute> Attributes)
{
    /// <summary>Path of the module that ran the operator; empty for the model itself. Not written to the file.</summary>
    public string ModulePath { get; init; } = "";

    /// <summary>A numeric attribute, or what ONNX takes where it is left out.</summary>
    public double Number(string name, double missing) =>
        Attributes.FirstOrDefault(attribute => attribute.Name == name) is { } found ? Convert.ToDouble(found.Value, CultureInfo.InvariantCulture) : missing;

    public ProtoMessage Message()
    {
        var message = new ProtoMessage();
        foreach (var input in Inputs)
            message.Text(1, input);
        foreach (var output in Outputs)
            message.Text(2, output);
        return message.Text(3, Name).Text(4, Operator).Messages(5, Attributes.Select(attribute => attribute.Message()));
    }
}
