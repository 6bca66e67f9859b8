using static TorchSharp.torch;

namespace Frugal.Data;

/// <summary>Examples that go through the network together.</summary>
/// <param name="Inputs">Normalised images, <c>[batch, channels, height, width]</c>, float32; or token ids, <c>[batch, tokens]</c>, int64.</param>
/// <param name="Targets">Labels <c>[batch]</c> (int64), or soft targets <c>[batch, classes]</c> (float32) once batches are mixed; for texts also a label for each token, <c>[batch, tokens]</c>, or the ends of a span, <c>[batch, 2]</c>.</param>
/// <param name="Indices">Positions of the examples in their dataset.</param>
public sealed record Batch(Tensor Inputs, Tensor Targets, IReadOnlyList<int> Indices) : IDisposable
{
    /// <summary>Number of examples.</summary>
    public int Count => Indices.Count;

    /// <summary>Frees the tensors before their dispose scope ends.</summary>
    public void Dispose()
    {
        Inputs.Dispose();
        Targets.Dispose();
    }
}
