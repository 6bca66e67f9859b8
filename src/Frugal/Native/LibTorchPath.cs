namespace Frugal.Native;

/// <summary>How libtorch and TorchSharp's native library came into the process.</summary>
public enum LibTorchPath
{
    /// <summary>From the files beside the application or in the package cache, as they are.</summary>
    Plain,

    /// <summary>TorchSharp's library through a copy that asks for an older C++ runtime, see <see cref="ElfVersionPatch"/>.</summary>
    Repointed,

    /// <summary>By name, found by the operating system's loader or by TorchSharp itself.</summary>
    System,
}
