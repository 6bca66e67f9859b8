namespace Frugal.Kernels.Tests;

/// <summary>What the machine can do at best: rates are measured, so only what holds on every machine is tested.</summary>
public sealed class MachineCeilingTests
{
    private const int Kilobytes = 1024;

    [Theory]
    [ClassData(typeof(Levels))]
    public void Rates_are_measured_on_every_level(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        var ceiling = new MachineCeiling(pool);
        Assert.All([ceiling.FloatMacsPerSecond, ceiling.ByteMacsPerSecond, ceiling.ReadBytesPerSecond(100 * Kilobytes)], rate => Assert.InRange(rate, 1e6, 1e15));
    }

    [Fact]
    public void Sizes_up_to_the_next_power_of_two_share_a_measurement()
    {
        using var pool = new KernelPool(2);
        var ceiling = new MachineCeiling(pool);
        Assert.Equal(ceiling.ReadBytesPerSecond(65 * Kilobytes), ceiling.ReadBytesPerSecond(128 * Kilobytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => ceiling.ReadBytesPerSecond(-1));
    }

    [Fact]
    public void The_least_time_is_that_of_the_arithmetic_or_of_the_bytes()
    {
        using var pool = new KernelPool(1);
        var ceiling = new MachineCeiling(pool);
        const int bytes = 64 * Kilobytes;
        Assert.Equal(0, ceiling.LeastSeconds(0, 0, asBytes: false));
        Assert.Equal(1, ceiling.LeastSeconds((long)ceiling.FloatMacsPerSecond, bytes, asBytes: false), 1e-6);
        Assert.Equal(1, ceiling.LeastSeconds((long)ceiling.ByteMacsPerSecond, bytes, asBytes: true), 1e-6);
        Assert.Equal(bytes / ceiling.ReadBytesPerSecond(bytes), ceiling.LeastSeconds(1, bytes, asBytes: false));
    }
}
