using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Symbols;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx;

/// <summary>An operator call on its way into the ONNX model: its arguments by name, and the emitter to write with.</summary>
internal sealed class OperatorCall(SymbolicNode node, OnnxEmitter emit)
{
    public SymbolicNode Node => node;

    public OnnxEmitter Emit => emit;

    /// <summary>The first tensor argument.</summary>
    public SymbolicValue Input => Tensor(0);

    /// <summary>The first result.</summary>
    public SymbolicValue Output => node.Outputs[0];

    /// <summary>The name of the first tensor argument's value.</summary>
    public string X => emit.Of(Input);

    public object? Argument(string name)
    {
        var index = IndexOf(name);
        return index < 0 ? null : node.Arguments[index];
    }

    public bool Has(string name) => Argument(name) is not null;

    public SymbolicValue Tensor(int index) => (SymbolicValue)node.Arguments[index]!;

    public SymbolicValue Tensor(string name) => Argument(name) as SymbolicValue ?? throw Unsupported($"'{name}' is not given as a tensor");

    /// <summary>The name of an optional tensor's value; empty when it is left out, as ONNX writes it.</summary>
    public string Optional(string name) => Argument(name) is SymbolicValue value ? emit.Of(value) : "";

    public IReadOnlyList<SymbolicValue> Tensors(string name) => [.. SymbolicNode.Tensors(Argument(name))];

    public bool Flag(string name) => Argument(name) is true;

    public string? Text(string name) => Argument(name) as string;

    public Extent Size(string name) => Argument(name) is Extent size ? size : throw Unsupported($"'{name}' is not an integer");

    public IReadOnlyList<Extent> Sizes(string name) => Argument(name) switch
    {
        Extent size => [size],
        IReadOnlyList<object?> list => [.. list.Select(item => (Extent)item!)],
        _ => [],
    };

    public long Integer(string name) => Fixed(Size(name), name);

    public long[] Integers(string name) => [.. Sizes(name).Select(size => Fixed(size, name))];

    /// <summary>As many integers as there are dimensions; a single one stands for all.</summary>
    public long[] Integers(string name, int dimensions, long missing)
    {
        var values = Integers(name);
        return values.Length == dimensions ? values : [.. Enumerable.Repeat(values.Length == 0 ? missing : values[0], dimensions)];
    }

    public double Number(string name) => Argument(name) switch
    {
        double number => number,
        Extent size => Fixed(size, name),
        bool flag => flag ? 1 : 0,
        _ => throw Unsupported($"'{name}' is not a number"),
    };

    /// <summary>A dimension of the first tensor, counted from the front.</summary>
    public int Axis(string name = "dim") => Axis(Integer(name), Input.Rank);

    /// <summary>Dimensions of the first tensor, counted from the front; all of them where none is given.</summary>
    public int[] Axes(string name = "dim")
    {
        var axes = Integers(name);
        return axes.Length == 0 ? [.. Enumerable.Range(0, Input.Rank)] : [.. axes.Select(axis => Axis(axis, Input.Rank))];
    }

    public static int Axis(long axis, int rank) => (int)(axis < 0 ? axis + Math.Max(rank, 1) : axis);

    /// <summary>A tensor or number as an operand of this type.</summary>
    public string Operand(string name, ScalarType type) => Argument(name) switch
    {
        SymbolicValue value => As(value, type),
        Extent { IsConstant: false } size => Convert(Count(size), ScalarType.Int64, type),
        _ => emit.Scalar(Number(name), type),
    };

    /// <summary>An integer as a tensor of rank 0, computed from the sizes of the input where it depends on them.</summary>
    public string Count(Extent size) => size.IsConstant ? emit.Scalar(size.Value, ScalarType.Int64) : Squeeze(emit.Sizes([size]), 0);

    /// <summary>A value, converted where it is of another type.</summary>
    public string As(SymbolicValue value, ScalarType type) => Convert(emit.Of(value), value.DType, type);

    public string Convert(string name, ScalarType from, ScalarType to) => from == to ? name : emit.Add("Cast", [name], ("to", OnnxElement.Of(to)));

    /// <summary>The first result is the one called <paramref name="name"/>.</summary>
    public void Return(string name) => emit.Bind(Output, name);

    public void Return(int index, string name) => emit.Bind(node.Outputs[index], name);

    /// <summary>The same elements in another shape.</summary>
    public string Reshape(string name, IReadOnlyList<Extent> shape)
    {
        // A single size that depends on the input follows from the number of elements.
        var isInferable = shape.Count(size => !size.IsConstant) == 1 && shape.All(size => size != 0L);
        return emit.Add("Reshape", [name, isInferable ? emit.Integers(shape.Select(size => size.IsConstant ? size.Value : -1)) : emit.Sizes(shape)]);
    }

    public string Unsqueeze(string name, params long[] axes) => emit.Add("Unsqueeze", [name, emit.Integers(axes)]);

    public string Squeeze(string name, params long[] axes) => emit.Add("Squeeze", [name, emit.Integers(axes)]);

    public string Transpose(string name, IEnumerable<int> order) => emit.Add("Transpose", [name], ("perm", order.Select(axis => (long)axis).ToList()));

    public string Slice(string name, int axis, Extent start, Extent end, long step = 1) =>
        emit.Add("Slice", [name, emit.Sizes([start]), emit.Sizes([end]), emit.Integers(axis), emit.Integers(step)]);

    /// <summary>An integer that must be the same for all sizes of the input.</summary>
    public long Fixed(Extent size, string what) =>
        size.IsConstant ? size.Value : throw Unsupported($"'{what}' is {node.Outputs[0].Runs.NameOf(size)}, and ONNX needs one number here");

    /// <summary>The sizes of the first tensor from an axis on, which must be the same for all sizes of the input.</summary>
    public long[] FixedSizes(int from) => [.. Input.Shape.Skip(from).Select((size, i) => Fixed(size, $"size {from + i}"))];

    public GraphException Unsupported(string reason) => new($"{node} cannot be exported to ONNX: {reason}.");

    private int IndexOf(string name)
    {
        for (var i = 0; i < node.Schema.Arguments.Count; i++)
        {
            if (node.Schema.Arguments[i] == name)
                return i;
        }
        return -1;
    }

}
