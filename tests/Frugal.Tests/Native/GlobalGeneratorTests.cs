using Frugal.Native;
using static TorchSharp.torch;

namespace Frugal.Tests.Native;

public class GlobalGeneratorTests
{
    [Fact]
    public void Whoever_draws_waits_while_its_state_is_read_or_set()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("libtorch's mutex is known on Linux only");
        using var begun = new ManualResetEventSlim();
        var draw = new Thread(() =>
        {
            begun.Set();
            rand(5).Dispose();
        });
        GlobalGenerator.Alone(() =>
        {
            draw.Start();
            begun.Wait();
            Assert.False(draw.Join(TimeSpan.FromMilliseconds(200)), "a number was drawn while the state was held");
        });
        draw.Join();
    }

    /// <summary>Without the generator's mutex, this ends the process within seconds.</summary>
    [Fact]
    public void Its_state_is_put_back_while_another_thread_draws()
    {
        var stop = false;
        var draw = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
                rand(10_000).Dispose();
        });
        draw.Start();
        for (var i = 0; i < 5_000; i++)
            new KeptRandomState().Dispose();
        Volatile.Write(ref stop, true);
        draw.Join();
    }
}
