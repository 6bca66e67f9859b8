using Frugal.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Recipes;

/// <summary>Time of a call of a model, in microseconds: what a step that makes it faster reports before and after itself.</summary>
/// <param name="One">For one example.</param>
/// <param name="Batch">For a batch of 32 examples.</param>
public sealed record ModelLatency(double One, double Batch)
{
    /// <summary>Examples in the larger of the two calls.</summary>
    public const int BatchSize = 32;

    private const int Slices = 5;

    /// <summary>
    /// Takes the fastest of a few slices, since other work on the machine only ever makes one slower. Good enough to tell what a step bought; a study measures its arms in turns.
    /// </summary>
    /// <param name="model">The model; it is left in the mode it was in.</param>
    /// <param name="device">Where it computes.</param>
    public static ModelLatency Of(Model model, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        bool wasTraining = model.training;
        model.eval();
        try
        {
            return new(Fastest(model, 1, device), Fastest(model, BatchSize, device));
        }
        finally
        {
            model.train(wasTraining);
        }
    }

    private static double Fastest(Model model, int batchSize, Device? device)
    {
        using var scope = NewDisposeScope();
        return LatencyMeter.Measure([model], model.Example(batchSize, device), Slices).Min(round => round[0]);
    }
}
