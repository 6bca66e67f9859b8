using System.Text;

namespace Frugal.Graphs.Capturing;

/// <summary>
/// libtorch 2.10's <c>at::RecordFunction</c> as it lies in memory on Linux x64: an operator call while it is announced. Valid inside the callback only.
/// <see cref="LayoutProbe"/> checks the offsets against a known call before they are relied on.
/// </summary>
internal readonly unsafe ref struct RecordedCall(nint address)
{
    private const int FunctionOffset = 0xa0, FunctionKindOffset = 0xc0, InputsOffset = 0xd0, OutputsOffset = 0x118;
    private const int NamesLength = 64;

    /// <summary>Where the record lies; boxed arguments lie near it, on the same stack.</summary>
    public nint Address => address;

    /// <summary>False for ranges that a program names itself.</summary>
    public bool IsOperator => *(byte*)(address + FunctionKindOffset) == 1;

    /// <summary>Address of the operator's <c>c10::FunctionSchema</c>, the same for each of its calls.</summary>
    public nint Schema => *(nint*)(address + FunctionOffset);

    /// <summary>The arguments: a pointer and a count.</summary>
    public NativeValues Inputs => new(*(nint*)(address + InputsOffset), *(nint*)(address + InputsOffset + sizeof(nint)));

    /// <summary>The results: a <c>std::vector</c>.</summary>
    public NativeValues Outputs => NativeValues.OfVector(address + OutputsOffset);

    /// <summary>Reads the signature: <c>c10::FunctionSchema</c> starts with two strings and the vector of arguments, and an argument with its name.</summary>
    public OperatorSchema ReadSchema()
    {
        var arguments = new string[Inputs.Count];
        var (first, end) = (*(nint*)(Schema + NamesLength), *(nint*)(Schema + NamesLength + sizeof(nint)));
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = Text(first + (end - first) / arguments.Length * i);
        return new OperatorSchema(Text(Schema), Text(Schema + NamesLength / 2), arguments);
    }

    /// <summary>A <c>std::string</c> of libstdc++: pointer and length.</summary>
    public static string Text(nint text) => Encoding.UTF8.GetString(*(byte**)text, checked((int)*(nint*)(text + sizeof(nint))));
}
