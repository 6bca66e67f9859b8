namespace Frugal.Native;

/// <summary>What <see cref="LibTorch.Load"/> found and did.</summary>
/// <param name="Path">How the libraries were loaded.</param>
/// <param name="Files">The files that were loaded, in order; empty when the operating system's loader found them by name.</param>
/// <param name="Version">The libtorch version that TorchSharp binds.</param>
/// <param name="FlushToZero">Whether subnormal results are flushed to zero; false where the library does not export the switch.</param>
/// <param name="Threads">The number of threads libtorch uses inside one operator.</param>
/// <param name="OneDnn">
/// Whether oneDNN, which computes libtorch's convolutions, was right in a trial. Where it was not, convolutions are computed by libtorch's own kernels, which are slower, except within
/// <see cref="Layers.MiscomputedConvolutions.Run(TorchSharp.torch.nn.Module, TorchSharp.torch.Device, Action)"/>.
/// </param>
public sealed record LibTorchLoad(LibTorchPath Path, IReadOnlyList<string> Files, string Version, bool FlushToZero, int Threads, bool OneDnn);
