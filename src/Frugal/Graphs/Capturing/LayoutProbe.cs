using static TorchSharp.torch;

namespace Frugal.Graphs.Capturing;

/// <summary>
/// Runs known operators and looks whether their records read as they must, once in a process: another libtorch, laid out differently, is refused instead of misread.
/// </summary>
internal sealed class LayoutProbe : IOperatorListener
{
    private const double Scale = 0.1234567890123;
    private const long StackReach = 1 << 20;

    private static readonly Lazy<bool> passed = new(() =>
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var left = zeros(2, 3);
        using var right = zeros(2, 3);
        var probe = new LayoutProbe(left, right);
        OperatorCallback.During(probe, () =>
        {
            left.add(right, alpha: Scale);
            left.mean([0, 1], keepdim: true);
            nn.functional.gelu(left);
        });
        return probe.fits && probe.calls == 3;
    });

    private readonly nint left, right;
    private int depth, calls;
    private bool fits = true;

    private LayoutProbe(Tensor left, Tensor right) => (this.left, this.right) = (ObservedTensor.AddressOf(left), ObservedTensor.AddressOf(right));

    /// <exception cref="GraphException">This libtorch lays out its records in another way.</exception>
    public static void Require()
    {
        if (!passed.Value)
            throw OperatorCallback.Unsupported("it lays out the records of operator calls in another way");
    }

    public void Begin(RecordedCall call)
    {
        if (depth++ == 0 && fits)
            fits = ArgumentsFit(call, calls++);
    }

    public void End(RecordedCall call)
    {
        if (--depth == 0 && fits)
            fits = call.Outputs.Count == 1 && call.Outputs[0].RawTag == NativeValue.TensorTag;
    }

    /// <summary>Nothing is followed that does not lie where the one before it says that memory is.</summary>
    private bool ArgumentsFit(RecordedCall call, int index)
    {
        var inputs = call.Inputs;
        if (!call.IsOperator || inputs.Count is < 2 or > 8 || Math.Abs(inputs.Address - call.Address) > StackReach
            || inputs[0].RawTag != NativeValue.TensorTag || inputs[0].TensorAddress != left)
            return false;
        return index switch
        {
            0 => inputs.Count == 3 && inputs[1].TensorAddress == right && inputs[2].Read(_ => null) is Scale
                && call.ReadSchema() is { Operator: "aten::add", Overload: "Tensor", Arguments: ["self", "other", "alpha"] },
            1 => inputs.Count == 4 && inputs[1].Read(_ => null) is object?[] and [0L, 1L] && inputs[2].Read(_ => null) is true && inputs[3].Read(_ => "") is null,
            _ => inputs.Count == 2 && inputs[1].Read(_ => null) is "none",
        };
    }
}
