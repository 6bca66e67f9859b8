using Frugal.Native;
using TorchSharp;

namespace Frugal.Tests.Native;

public class LibTorchTests
{
    [Fact]
    public void Loads_once_and_computes()
    {
        Assert.Same(LibTorch.Load(), LibTorch.Load());
        Assert.Same(LibTorch.Load(), LibTorch.Loaded);
        using var scope = torch.NewDisposeScope();
        Assert.Equal(6, torch.tensor([1f, 2f, 3f]).sum().item<float>());
    }

    [Fact]
    public void Reports_what_was_loaded()
    {
        var load = LibTorch.Load();
        Assert.Matches(@"^\d+\.\d+\.\d+$", load.Version);
        Assert.InRange(load.Threads, 1, 4096);
        Assert.Equal(load.Path == LibTorchPath.System || !OperatingSystem.IsLinux(), load.Files.Count == 0);
    }

    [Fact]
    public void Subnormal_products_are_flushed_to_zero_on_every_thread_that_loads()
    {
        Assert.SkipUnless(LibTorch.Load().FlushToZero, "this platform's libtorch does not export the switch");
        var products = new List<float>();
        var thread = new Thread(() =>
        {
            SwitchOff();
            products.Add(SubnormalProduct());
            LibTorch.Load();
            products.Add(SubnormalProduct());
        });
        thread.Start();
        thread.Join();
        Assert.Equal([1e-40f, 0], products);
    }

    [Fact]
    public void Exports_are_found_by_their_mangled_names()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names are mangled otherwise elsewhere");
        Assert.NotNull(LibTorch.Export("_ZN2at15get_num_threadsEv"));
        Assert.Null(LibTorch.Export("_ZN2at15no_such_functionEv"));
    }

    private static unsafe void SwitchOff() =>
        ((delegate* unmanaged<nint, byte, byte>)LibTorch.Export("_ZN2at7Context16setFlushDenormalEb")!.Value)(
            ((delegate* unmanaged<nint>)LibTorch.Export("_ZN2at13globalContextEv")!.Value)(), 0);

    /// <summary>The largest of a thousand products of 1e-30 and 1e-10, below the smallest normal number of single precision, 1.2e-38.</summary>
    private static float SubnormalProduct()
    {
        using var scope = torch.NewDisposeScope();
        return torch.mul(torch.full([1000], 1e-30f), 1e-10f).abs().max().item<float>();
    }
}
