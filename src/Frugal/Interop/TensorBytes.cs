using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>A CPU tensor's memory in pieces that fit a span, for tensors of any size.</summary>
internal static class TensorBytes
{
    private const long LongestPiece = 1 << 26;

    /// <summary>What is done with one piece.</summary>
    public delegate void Visitor(Span<byte> bytes);

    /// <summary>Hands the memory of a contiguous CPU tensor to <paramref name="visit"/>, first byte first; writes through it reach the tensor.</summary>
    public static void Visit(Tensor tensor, Visitor visit)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.detach().view(-1);
        var step = LongestPiece / flat.ElementSize;
        for (long start = 0; start < flat.NumberOfElements; start += step)
        {
            using var piece = flat.narrow(0, start, Math.Min(step, flat.NumberOfElements - start));
            visit(piece.bytes);
        }
    }
}
