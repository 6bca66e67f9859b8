using Frugal.Data;
using static TorchSharp.torch;

namespace Frugal.Compression.Quantization;

/// <summary>Training examples on which the ranges of activations are measured.</summary>
internal static class CalibrationExamples
{
    // Few enough for all activations of a large network to be held at once.
    private const int BatchSize = 32;

    /// <summary>Examples drawn without augmentation and without repetition; all of them where there are not so many.</summary>
    /// <param name="data">The examples to draw from.</param>
    /// <param name="count">How many to draw.</param>
    /// <param name="random">Streams of the run; <c>calibration</c> is drawn from.</param>
    public static IReadOnlyList<Tensor> Of(Dataset data, int count, RandomStreams random)
    {
        int[] drawn = [.. random.At("calibration").NextPermutation(data.Count).Take(count)];
        return [.. new Loader(data.Choose(drawn), BatchSize, random).Epoch(0).Select(batch => batch.Inputs)];
    }
}
