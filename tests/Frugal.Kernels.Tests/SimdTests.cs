using System.Runtime.Intrinsics;

namespace Frugal.Kernels.Tests;

public class SimdTests
{
    [Fact]
    public void Level_is_no_wider_than_the_hardware_accelerates()
    {
        if (Simd.Level == SimdLevel.Avx512)
            Assert.True(Vector512.IsHardwareAccelerated);
        if (Simd.Level == SimdLevel.Avx2)
            Assert.True(Vector256.IsHardwareAccelerated);
    }
}
