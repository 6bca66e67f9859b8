using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Frugal.Tests.Native;

public class HeldScalarsTests
{
    // Without it about 3 in 100,000 sums fail or are wrong beside a thread that collects garbage.
    [Fact]
    public void Sums_are_right_while_another_thread_collects_garbage()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "Only there can it be turned on.");
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
                GC.Collect(0);
        });
        collector.Start();
        try
        {
            using Tensor left = ones(1), right = ones(1);
            for (int i = 0; i < 200_000; i++)
            {
                using var sum = left + right;
                Assert.Equal(2, sum.item<float>());
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }
}
