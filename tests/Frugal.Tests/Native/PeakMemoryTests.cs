using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Frugal.Native;

namespace Frugal.Tests.Native;

public class PeakMemoryTests
{
    private const int Size = 64 << 20;

    [Fact]
    public void Rises_with_memory_that_was_touched_and_stays_after_it_is_freed()
    {
        Assert.SkipUnless(PeakMemory.Reset(), "this system does not let a process reset its peak");
        var before = PeakMemory.Bytes!.Value;
        TouchAndFree();
        // Other tests of this process may free memory of their own meanwhile, so that not the whole size need show.
        Assert.True(PeakMemory.Bytes - before > Size / 2, $"{before} before, {PeakMemory.Bytes} after");
    }

    [Theory]
    [InlineData("VmHWM:\t  123456 kB", 123456L * 1024)]
    [InlineData("VmPeak:\t  123456 kB", null)]
    [InlineData("VmHWM:\t  unknown", null)]
    public void Reads_the_high_water_mark(string line, long? expected) =>
        Assert.Equal(expected, PeakMemory.HighWaterMark(["Name:\tx", line]));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void TouchAndFree()
    {
        var memory = (byte*)NativeMemory.Alloc(Size);
        new Span<byte>(memory, Size).Fill(1);
        NativeMemory.Free(memory);
    }
}
