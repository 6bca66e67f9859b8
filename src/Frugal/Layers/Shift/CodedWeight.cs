using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// The weight of a layer that stores codes of n bits, decoded when it is first used and whenever the codes or the device have changed since: memory is that of a dense weight while
/// the layer runs on libtorch, and n bits in files and packed forms.
/// </summary>
/// <param name="shape">Shape of the weight.</param>
/// <param name="bits">Bits of a code.</param>
internal sealed class CodedWeight(long[] shape, int bits) : IDisposable
{
    private byte[] decodedCodes = [];
    private Tensor? decoded;

    /// <summary>The weight of these codes, <c>[bytes]</c>, in the type and on the device of an input.</summary>
    public Tensor Of(Tensor code, Tensor input)
    {
        using var scope = NewDisposeScope();
        var packed = code.cpu();
        if (decoded is null || !packed.bytes.SequenceEqual(decodedCodes) || decoded.device != input.device || decoded.dtype != input.dtype)
        {
            decoded?.Dispose();
            decodedCodes = packed.bytes.ToArray();
            decoded = ShiftCodes.Decode(decodedCodes, shape, bits).to(input.dtype, input.device).DetachFromDisposeScope();
        }
        return decoded;
    }

    public void Dispose() => decoded?.Dispose();
}
