using System.Diagnostics;
using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Recipes;

/// <summary>
/// Times forward passes of several models in turns, in slices of a few milliseconds, so that load and clock frequency hit all of them alike.
/// </summary>
public static class LatencyMeter
{
    private const double SliceMilliseconds = 4;

    /// <summary>Microseconds of a call: one row a round, one column a model.</summary>
    /// <param name="models">The models, in evaluation mode.</param>
    /// <param name="input">The batch that all of them get.</param>
    /// <param name="rounds">Number of slices of each model.</param>
    public static double[][] Measure(IReadOnlyList<Module<Tensor, Tensor>> models, Tensor input, int rounds = 31)
    {
        using var mode = inference_mode();
        int[] calls = [.. models.Select(model => CallsInSlice(model, input))];
        var times = new double[rounds][];
        for (int round = 0; round < rounds; round++)
        {
            times[round] = new double[models.Count];
            for (int turn = 0; turn < models.Count; turn++)
            {
                // Every other round runs backwards, so that no model always follows the same one.
                int i = round % 2 == 0 ? turn : models.Count - 1 - turn;
                times[round][i] = Slice(models[i], input, calls[i]);
            }
        }
        return times;
    }

    // The first slice warms caches and code; the second tells how many calls fill one.
    private static int CallsInSlice(Module<Tensor, Tensor> model, Tensor input)
    {
        // A call that is far longer than a slice is warm after one.
        if (Slice(model, input, 1) > 25 * SliceMilliseconds * 1000)
            return 1;
        Slice(model, input, 2);
        double microseconds = Slice(model, input, 3);
        int calls = (int)Math.Clamp(SliceMilliseconds * 1000 / microseconds, 1, 10_000);
        Slice(model, input, calls);
        return calls;
    }

    // Each with the kernels that its accuracy is measured with.
    private static double Slice(Module<Tensor, Tensor> model, Tensor input, int calls) => MiscomputedConvolutions.Run(model, input.device, () => Time(model, input, calls));

    private static double Time(Module<Tensor, Tensor> model, Tensor input, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int call = 0; call < calls; call++)
        {
            using var scope = NewDisposeScope();
            model.forward(input);
        }
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
    }
}
