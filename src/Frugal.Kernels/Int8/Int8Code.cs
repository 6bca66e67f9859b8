namespace Frugal.Kernels;

/// <summary>The assembled products of bytes, made when they are first asked for.</summary>
internal static class Int8Code
{
    private static readonly Lazy<PanelCode?> Code = new(
        () => Simd.Level == SimdLevel.Avx512Assembled && CpuFeatures.HasAvx512Vnni ? PanelCode.TryAssemble(new Int8Step()) : null);

    public static bool IsAvailable => Code.Value is not null;

    /// <exception cref="InvalidOperationException">There are none here.</exception>
    public static PanelCode Functions => Code.Value ?? throw new InvalidOperationException("This process cannot run assembled products of bytes.");
}
