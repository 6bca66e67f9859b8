namespace Frugal.Native;

/// <summary>
/// Brings libtorch into the process. Everything that computes with tensors calls <see cref="Load"/> first; what does not, never does, and starts without
/// the third of a second that it costs. Even reading a property of <c>TorchSharp.torch</c> makes TorchSharp look for its library, and
/// it does not try a second time in the same process.
/// </summary>
public static class LibTorch
{
    private static readonly Lazy<LoadedLibTorch> loaded = new(() => new LibTorchLoader(NativeFolders.Find(), UserCache.Folder).Load());

    /// <summary>
    /// Loads libtorch once and sets flush-to-zero on the calling thread. Later calls, from any thread, return the same record and set flush-to-zero
    /// on their thread: call it at the start of a thread of your own that works with tensors.
    /// </summary>
    /// <exception cref="NativeLoadException">A library is absent, of another architecture, or needs a newer system; the message has the remedy.</exception>
    public static LibTorchLoad Load()
    {
        var libTorch = loaded.Value;
        libTorch.Context.FlushToZero();
        return libTorch.Report;
    }

    /// <summary>The record of <see cref="Load"/> if it was called and succeeded in this process, otherwise null.</summary>
    public static LibTorchLoad? Loaded => loaded.IsValueCreated ? loaded.Value.Report : null;

    /// <summary>Switches of libtorch that TorchSharp does not bind; loads libtorch.</summary>
    internal static GlobalContext Context
    {
        get
        {
            Load();
            return loaded.Value.Context;
        }
    }

    /// <summary>The address of a function that libtorch's CPU library exports, by its mangled name, or null; loads libtorch.</summary>
    public static nint? Export(string symbol)
    {
        Load();
        return System.Runtime.InteropServices.NativeLibrary.TryGetExport(loaded.Value.CpuLibrary, symbol, out var address) ? address : null;
    }
}
