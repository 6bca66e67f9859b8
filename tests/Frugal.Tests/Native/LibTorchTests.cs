using Frugal.Native;
using TorchSharp;

namespace Frugal.Tests.Native;

public class LibTorchTests
{
    [Fact]
    public void Loads_once_and_computes()
    {
        Assert.Same(LibTorch.Load(), LibTorch.Load());
        using var scope = torch.NewDisposeScope();
        Assert.Equal(6, torch.tensor([1f, 2f, 3f]).sum().item<float>());
    }

    [Fact]
    public void Subnormal_products_are_flushed_to_zero()
    {
        Assert.SkipUnless(LibTorch.Load().FlushToZero, "this platform's libtorch does not export the switch");
        using var scope = torch.NewDisposeScope();
        var small = torch.full([1000], 1e-30f);
        // 1e-30 * 1e-10 = 1e-40 is subnormal in single precision.
        Assert.Equal(0, torch.mul(small, 1e-10f).abs().max().item<float>());
    }
}
