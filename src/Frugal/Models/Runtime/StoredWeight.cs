using Frugal.Graphs;
using Frugal.Graphs.Onnx.Model;

namespace Frugal.Models.Runtime;

/// <summary>How much of a parameter a file holds.</summary>
/// <param name="Stored">Numbers stored.</param>
/// <param name="NonZero">Those of them that are not zero.</param>
internal readonly record struct StoredWeight(long Stored, long NonZero)
{
    /// <summary>The constants of a file that were parameters of the model, whatever their type is now.</summary>
    public static IReadOnlyList<StoredWeight> In(OnnxModel onnx, Graph graph)
    {
        var parameters = graph.Parameters.Where(value => value.Storage.Parameter is { IsBuffer: false }).Select(value => value.Name).ToHashSet();
        return [.. onnx.Constants.Where(constant => parameters.Contains(constant.Name)).Select(Of)];
    }

    private static StoredWeight Of(OnnxTensor constant)
    {
        var bytes = constant.Read<byte>();
        int size = (int)(bytes.Length / Math.Max(constant.NumElements, 1));
        long nonZero = 0;
        for (int start = 0; start < bytes.Length; start += size)
            nonZero += bytes.AsSpan(start, size).ContainsAnyExcept((byte)0) ? 1 : 0;
        return new(constant.NumElements, nonZero);
    }
}
