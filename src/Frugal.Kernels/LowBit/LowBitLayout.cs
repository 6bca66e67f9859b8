namespace Frugal.Kernels;

/// <summary>
/// Where the codes of a step lie: 64 weights, numbered as the bytes that they become, of 2, 3 or 4 bits each. Codes that shifts bring to the right place
/// together share a byte:
/// </summary>
/// <remarks>
///     2 bits:  byte b (of 16) │ weights b, 16 + b, 32 + b, 48 + b, from the lowest bits up
///     3 bits:  the same for the two low bits, then 64 bits with the high ones
///     4 bits:  byte b (of 32) │ weights b and 32 + b
/// </remarks>
internal static class LowBitLayout
{
    private const int PlaneBytes = 16;

    /// <summary>Bytes of a step.</summary>
    public static int StepBytes(int bits) => Panel.StepBytes * bits / 8;

    public static int Read(ReadOnlySpan<byte> step, int bits, int weight) => bits switch
    {
        4 => step[weight % 32] >> weight / 32 * 4 & 15,
        _ => step[weight % PlaneBytes] >> weight / PlaneBytes * 2 & 3 | (bits == 3 ? (step[PlaneBytes + weight / 8] >> weight % 8 & 1) << 2 : 0),
    };

    /// <summary>Writes a code where zeros are.</summary>
    public static void Write(Span<byte> step, int bits, int weight, int code)
    {
        if (bits == 4)
        {
            step[weight % 32] |= (byte)(code << weight / 32 * 4);
            return;
        }
        step[weight % PlaneBytes] |= (byte)((code & 3) << weight / PlaneBytes * 2);
        if (bits == 3)
            step[PlaneBytes + weight / 8] |= (byte)(code >> 2 << weight % 8);
    }
}
