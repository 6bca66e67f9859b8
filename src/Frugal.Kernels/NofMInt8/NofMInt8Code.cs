namespace Frugal.Kernels;

/// <summary>The assembled products that spread N of four weights in registers; made when they are first asked for.</summary>
internal static class NofMInt8Code
{
    private static readonly Lazy<PanelCode?>[] Codes = [Assemble(1), Assemble(2)];

    /// <summary>The functions for N of four, or null where there are none.</summary>
    public static PanelCode? TryGet(int n) => Codes[n - 1].Value;

    private static Lazy<PanelCode?> Assemble(int n) => new(() => Int8Code.IsAvailable && CpuFeatures.HasAvx512Vbmi2 ? PanelCode.TryAssemble(new NofMInt8Step(n)) : null);
}
