using System.Diagnostics;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>A network with and without packed units, in turns: what single layers gain can be lost between them, so the whole is what counts.</summary>
/// <param name="model">The network, in evaluation mode; after each method it is as before.</param>
internal sealed class WholeNetwork(Module<Tensor, Tensor> model)
{
    private const double SliceMicroseconds = 4000;

    /// <summary>Microseconds of a call without and with the units, each from its fastest slice.</summary>
    public (double Without, double With) Time(IReadOnlyList<PackedUnit> units, Tensor input)
    {
        using var mode = inference_mode();
        double without = double.PositiveInfinity, with = double.PositiveInfinity;
        int calls = (int)Math.Clamp(SliceMicroseconds / Slice(input, 1), 1, 1000);
        for (int round = 0; round < Packing.Rounds; round++)
        {
            without = Math.Min(without, Slice(input, calls));
            with = Math.Min(with, With(units, () => Slice(input, calls)));
        }
        return (without, with);
    }

    /// <summary>The output with the units.</summary>
    public Tensor Output(IReadOnlyList<PackedUnit> units, Tensor input) => With(units, () =>
    {
        using var mode = no_grad();
        return model.call(input);
    });

    private T With<T>(IReadOnlyList<PackedUnit> units, Func<T> work)
    {
        var before = ModuleSurgery.Exchange(model, [.. units.SelectMany(unit => unit.Replacements)]);
        try
        {
            return work();
        }
        finally
        {
            ModuleSurgery.Exchange(model, before);
        }
    }

    // The first call finds code and weights in no cache; it is not counted.
    private double Slice(Tensor input, int calls)
    {
        Call(input);
        long start = Stopwatch.GetTimestamp();
        for (int call = 0; call < calls; call++)
            Call(input);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
    }

    private void Call(Tensor input)
    {
        using var scope = NewDisposeScope();
        model.forward(input);
    }
}
