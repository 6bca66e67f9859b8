namespace Frugal.Native;

/// <summary>libtorch in this process: the report for people, and the handles for the code that calls into it.</summary>
internal sealed record LoadedLibTorch(LibTorchLoad Report, nint CpuLibrary, GlobalContext Context);
