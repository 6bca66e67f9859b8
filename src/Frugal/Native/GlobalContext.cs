using System.Runtime.InteropServices;

namespace Frugal.Native;

/// <summary>
/// Switches of libtorch's global context that TorchSharp does not bind, called by their mangled names. A switch that a platform's
/// library does not export under that name is left as it is.
/// </summary>
internal sealed unsafe class GlobalContext(nint libTorchCpu)
{
    private readonly delegate* unmanaged<nint> context = (delegate* unmanaged<nint>)Export(libTorchCpu, "_ZN2at13globalContextEv");
    private readonly delegate* unmanaged<nint, byte, byte> setFlushDenormal =
        (delegate* unmanaged<nint, byte, byte>)Export(libTorchCpu, "_ZN2at7Context16setFlushDenormalEb");
    private readonly delegate* unmanaged<nint, byte, void> setUserEnabledNnpack =
        (delegate* unmanaged<nint, byte, void>)Export(libTorchCpu, "_ZN2at7Context20setUserEnabledNNPACKEb");

    private readonly delegate* unmanaged<nint, byte, void> setUserEnabledOneDnn =
        (delegate* unmanaged<nint, byte, void>)Export(libTorchCpu, "_ZN2at7Context20setUserEnabledMkldnnEb");
    private readonly delegate* unmanaged<nint, byte> userEnabledOneDnn =
        (delegate* unmanaged<nint, byte>)Export(libTorchCpu, "_ZNK2at7Context17userEnabledMkldnnEv");

    private readonly Lock gate = new();
    private int asksWith, asksWithout;
    private bool otherwise;

    /// <summary>
    /// Lets the processor treat subnormal numbers as zero; false where it was not set. The mode belongs to the calling thread and is inherited by the
    /// threads that it starts; without it, a few subnormal weights make a matrix product tens of times slower.
    /// </summary>
    public bool FlushToZero() => context is not null && setFlushDenormal is not null && setFlushDenormal(context(), 1) != 0;

    /// <summary>
    /// Keeps libtorch from trying NNPACK for small convolutions. On a processor that NNPACK does not know it tries again, and writes a warning to the
    /// error stream, at each of them; without it the same kernels run on every processor.
    /// </summary>
    public void LeaveOutNnpack()
    {
        if (context is not null && setUserEnabledNnpack is not null)
            setUserEnabledNnpack(context(), 0);
    }

    /// <summary>Whether libtorch computes with oneDNN; null where it does not export the switch.</summary>
    public bool? OneDnn => CanSwitchOneDnn ? userEnabledOneDnn(context()) != 0 : null;

    /// <summary>Lets libtorch compute with oneDNN from now on or not, in the whole process. Nothing happens where it does not export the switch.</summary>
    public void UseOneDnn(bool enabled)
    {
        if (CanSwitchOneDnn)
            setUserEnabledOneDnn(context(), (byte)(enabled ? 1 : 0));
    }

    /// <summary>
    /// Runs <paramref name="compute"/> with oneDNN or without it; afterwards all is as before. The switch is the whole process's: while several threads ask for both, it is off, since what oneDNN computes wrongly must not be
    /// and what it computes rightly is only slower without it.
    /// </summary>
    /// <returns>False where libtorch does not export the switch; nothing has run then.</returns>
    public bool WithOneDnn(bool enabled, Action compute)
    {
        if (!CanSwitchOneDnn)
            return false;
        Count(enabled, 1);
        try
        {
            compute();
            return true;
        }
        finally
        {
            Count(enabled, -1);
        }
    }

    /// <summary>
    /// What <paramref name="compute"/> gives with libtorch's own kernels instead of oneDNN's, where libtorch exports the switch. oneDNN 3.7.1 was seen to compute LSTMs and transposed convolutions wrongly where their sizes do not fill its blocks, on a
    /// processor with AVX-512, and the input's gradient of convolutions between few channels.
    /// </summary>
    public T WithoutOneDnn<T>(Func<T> compute)
    {
        T? result = default;
        if (!WithOneDnn(false, () => result = compute()))
            result = compute();
        return result!;
    }

    private void Count(bool enabled, int change)
    {
        lock (gate)
        {
            if (asksWith + asksWithout == 0)
                otherwise = userEnabledOneDnn(context()) != 0;
            (asksWith, asksWithout) = enabled ? (asksWith + change, asksWithout) : (asksWith, asksWithout + change);
            UseOneDnn(asksWithout == 0 && (asksWith > 0 || otherwise));
        }
    }

    private bool CanSwitchOneDnn => context is not null && setUserEnabledOneDnn is not null && userEnabledOneDnn is not null;

    private static nint Export(nint library, string name) => NativeLibrary.TryGetExport(library, name, out var address) ? address : 0;
}
