using System.Runtime.InteropServices;

namespace Frugal.Native;

/// <summary>
/// The generator that libtorch's modules draw from, one for all threads. Whoever draws holds its mutex; TorchSharp 0.107 seeds it, reads its state and sets it without. When another
/// thread draws at that moment, the state read is half old and half new, and setting such a one ends the process ("Invalid mt19937 state", an exception that nobody can catch).
/// </summary>
internal static unsafe class GlobalGenerator
{
    // c10::GeneratorImpl begins with its table of virtual functions and its reference counts, eight bytes each; then comes the std::mutex, on Linux a pthread_mutex_t.
    private const int MutexOffset = 16;

    private static readonly Lazy<(nint Mutex, nint Lock, nint Unlock)?> found = new(Find);

    /// <summary>
    /// Runs <paramref name="action"/>, which must not draw, while no other thread draws. Where libtorch or the system is another than the one known, it just runs.
    /// </summary>
    public static void Alone(Action action)
    {
        if (found.Value is not var (mutex, enter, leave))
        {
            action();
            return;
        }
        ((delegate* unmanaged<nint, int>)enter)(mutex);
        try
        {
            action();
        }
        finally
        {
            ((delegate* unmanaged<nint, int>)leave)(mutex);
        }
    }

    private static (nint Mutex, nint Lock, nint Unlock)? Find()
    {
        var isKnownPlatform = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;
        if (!isKnownPlatform || LibTorch.Export("_ZN2at6detail22getDefaultCPUGeneratorEv") is not { } getGenerator || !NativeLibrary.TryLoad("libc.so.6", out var library)
            || !NativeLibrary.TryGetExport(library, "pthread_mutex_lock", out var enter) || !NativeLibrary.TryGetExport(library, "pthread_mutex_unlock", out var leave))
            return null;
        // Returns a reference to an at::Generator, which is a pointer to its implementation.
        nint implementation = *((delegate* unmanaged<nint*>)getGenerator)();
        return (implementation + MutexOffset, enter, leave);
    }
}
