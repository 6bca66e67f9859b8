using Frugal.Native;

namespace Frugal.Testing;

/// <summary>
/// Loads libtorch once before the first test, so that tests may use tensors without further ado. One thread computes: the networks are small, other test programs run beside this one, and threads of libtorch
/// that wait for one another by spinning make all of them many times slower than one thread does.
/// </summary>
public sealed class LibTorchFixture
{
    public LibTorchFixture()
    {
        LibTorch.Load();
        TorchSharp.torch.set_num_threads(1);
    }
}
