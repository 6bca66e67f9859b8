using Frugal.Native;
using Frugal.Tests;

[assembly: AssemblyFixture(typeof(LibTorchFixture))]

namespace Frugal.Tests;

/// <summary>
/// Loads libtorch once before the first test, so that tests may use tensors without further ado. One thread computes: the networks are small, the tests of the kernels run beside these, and threads of libtorch
/// that wait for one another by spinning make both programs many times slower than one thread does.
/// </summary>
public sealed class LibTorchFixture
{
    public LibTorchFixture()
    {
        LibTorch.Load();
        TorchSharp.torch.set_num_threads(1);
    }
}
