namespace Frugal.Kernels;

/// <summary>The assembled products that decode weights of 2, 3 or 4 bits in registers, for few rows; made when they are first asked for.</summary>
internal static class LowBitCode
{
    private static readonly Lazy<PanelCode?>[] Codes =
    [
        Assemble(2), Assemble(3), Assemble(4), new(() => TryAssemble(new(bits: 4, hasTop: true), maxRows: 1)),
    ];

    /// <summary>The functions for weights of so many bits, or null where there are none; with weights of 128 for one row only.</summary>
    public static PanelCode? TryGet(int bits, bool hasTop) => hasTop ? bits == 4 ? Codes[3].Value : null : Codes[bits - 2].Value;

    private static Lazy<PanelCode?> Assemble(int bits) => new(() => TryAssemble(new(bits, hasTop: false), PanelCode.MaxWideRows));

    private static PanelCode? TryAssemble(LowBitStep step, int maxRows) => Int8Code.IsAvailable ? PanelCode.TryAssemble(step, maxRows) : null;
}
