using System.Runtime.Intrinsics.X86;

namespace Frugal.Kernels.Tests;

public class CpuFeaturesTests
{
    [Theory, InlineData("avx512_vnni"), InlineData("avx512_vpopcntdq")]
    public void They_agree_with_the_operating_system(string flag)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && X86Base.IsSupported, "flags are read from Linux' description of the processor");
        var has = flag == "avx512_vnni" ? CpuFeatures.HasAvx512Vnni : CpuFeatures.HasAvx512Popcnt;
        var flags = File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("flags", StringComparison.Ordinal)).Split(' ');
        Assert.Equal(flags.Contains(flag) && Avx512F.IsSupported, has);
    }

    [Fact]
    public void Without_them_nothing_is_assembled()
    {
        if (!CpuFeatures.HasAvx512Vnni && !CpuFeatures.HasAvx512Popcnt)
            Assert.True(Simd.Level < SimdLevel.Avx512Assembled);
        Assert.True(!Int8Code.IsAvailable || CpuFeatures.HasAvx512Vnni);
    }
}
