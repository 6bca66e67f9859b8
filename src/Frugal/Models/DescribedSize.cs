using Frugal.Interop;

namespace Frugal.Models;

/// <summary>A few bytes of configuration must not ask for more memory than the machine has: what a folder describes is compared with what its weights hold before anything is built.</summary>
internal static class DescribedSize
{
    private const long AlwaysAllowedBytes = 1L << 30, AllowedTimesTheFile = 64;

    /// <summary>A compressed model is smaller than its architecture, but not by any factor.</summary>
    /// <param name="files">The folder.</param>
    /// <param name="leastParameters">Weights that a model of this description is sure to have.</param>
    /// <exception cref="FrugalException">It describes far more than the weights hold.</exception>
    public static void RefuseWhatTheFileCannotHold(HuggingFaceFolder files, double leastParameters)
    {
        long held = files.Weights.Names.Sum(name => files.Weights.TryGet(name, out var entry) ? entry.Bytes : 0);
        double least = leastParameters * sizeof(float);
        if (least > Math.Max(AlwaysAllowedBytes, AllowedTimesTheFile * (double)held))
            throw new FrugalException($"{files.Path}: config.json describes a model of at least {least / (1L << 30):F1} GiB, but the weights beside it have {held} bytes; one of the two is wrong.");
    }
}
