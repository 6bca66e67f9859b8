using Frugal.Native;

namespace Frugal.Tests.Native;

public class KeptMemoryTests
{
    [Fact]
    public void Is_turned_on_where_the_system_has_the_GNU_C_library()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/proc/self/maps") && File.ReadAllText("/proc/self/maps").Contains("libc.so.6"), "This system has another C library.");
        Assert.True(KeptMemory.TurnOn());
    }
}
