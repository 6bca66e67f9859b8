namespace Frugal.Kernels;

/// <summary>The assembled products of signs, made when they are first asked for.</summary>
internal static class BinaryCode
{
    private static readonly Lazy<PanelCode?> Code = new(
        () => Simd.Level == SimdLevel.Avx512Assembled && CpuFeatures.HasAvx512Popcnt ? PanelCode.TryAssemble(new BinaryStep()) : null);

    public static bool IsAvailable => Code.Value is not null;

    /// <exception cref="InvalidOperationException">There are none here.</exception>
    public static PanelCode Functions => Code.Value ?? throw new InvalidOperationException("This process cannot run assembled products of signs.");
}
