using System.Numerics;

namespace Frugal.Kernels;

/// <summary>
/// Where the weights of a step lie, four inputs of sixteen outputs: first N values of each output, then four bits for each, which name the inputs that the values belong to. An output with fewer
/// weights holds zeros at inputs that are free, so that every output has N.
/// </summary>
/// <remarks>
///     N = 2:  32 bytes of values, two an output │ 8 bytes of places, four bits an output
/// The places are the mask by which <c>VPEXPANDB</c> makes the 64 dense bytes of the step.
/// </remarks>
internal static class NofMInt8Layout
{
    private const int MaskBits = Int8Product.InputsOfWord;

    /// <summary>Bytes of a step.</summary>
    public static int StepBytes(int n) => ValueBytes(n) + Panel.Outputs * MaskBits / 8;

    /// <summary>Bytes of the values of a step.</summary>
    public static int ValueBytes(int n) => Panel.Outputs * n;

    /// <summary>Writes an output's four dense weights, of which at most <paramref name="n"/> are not zero, where zeros are.</summary>
    public static void Write(Span<byte> step, int n, int output, ReadOnlySpan<sbyte> four)
    {
        var mask = 0;
        for (var input = 0; input < four.Length; input++)
            mask |= four[input] != 0 ? 1 << input : 0;
        for (var input = 0; BitOperations.PopCount((uint)mask) < n; input++)
            mask |= 1 << input;
        var slot = output * n;
        for (var input = 0; input < MaskBits; input++)
            if ((mask >> input & 1) != 0)
                step[slot++] = (byte)(input < four.Length ? four[input] : 0);
        step[ValueBytes(n) + output / 2] |= (byte)(mask << output % 2 * MaskBits);
    }

    /// <summary>Adds an output's four dense weights to zeros.</summary>
    public static void Read(ReadOnlySpan<byte> step, int n, int output, Span<sbyte> four)
    {
        var mask = step[ValueBytes(n) + output / 2] >> output % 2 * MaskBits & 15;
        var slot = output * n;
        for (var input = 0; input < MaskBits; input++)
            if ((mask >> input & 1) != 0)
            {
                if (input < four.Length)
                    four[input] = (sbyte)step[slot];
                slot++;
            }
    }
}
