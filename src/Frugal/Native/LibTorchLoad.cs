namespace Frugal.Native;

/// <summary>What <see cref="LibTorch.Load"/> found and did.</summary>
/// <param name="Path">How the libraries were loaded.</param>
/// <param name="Files">The files that were loaded, in order; empty when the operating system's loader found them by name.</param>
/// <param name="Version">The libtorch version that TorchSharp binds.</param>
/// <param name="FlushToZero">Whether subnormal results are flushed to zero; false where the library does not export the switch.</param>
/// <param name="Threads">The number of threads libtorch uses inside one operator.</param>
public sealed record LibTorchLoad(LibTorchPath Path, IReadOnlyList<string> Files, string Version, bool FlushToZero, int Threads);
