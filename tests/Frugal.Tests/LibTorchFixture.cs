using Frugal.Native;
using Frugal.Tests;

[assembly: AssemblyFixture(typeof(LibTorchFixture))]

namespace Frugal.Tests;

/// <summary>Loads libtorch once before the first test, so that tests may use tensors without further ado.</summary>
public sealed class LibTorchFixture
{
    public LibTorchFixture() => LibTorch.Load();
}
