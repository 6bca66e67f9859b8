using System.Runtime.InteropServices;

namespace Frugal.Native;

/// <summary>
/// libtorch's switch for the processor to treat subnormal numbers as zero. It belongs to a thread and is inherited by the threads that this one starts;
/// without it, a few subnormal weights make a matrix product tens of times slower.
/// </summary>
internal sealed unsafe class FlushToZero
{
    private readonly delegate* unmanaged<nint> globalContext;
    private readonly delegate* unmanaged<nint, byte, byte> setFlushDenormal;

    private FlushToZero(nint globalContext, nint setFlushDenormal)
    {
        this.globalContext = (delegate* unmanaged<nint>)globalContext;
        this.setFlushDenormal = (delegate* unmanaged<nint, byte, byte>)setFlushDenormal;
    }

    /// <summary>The switch in this library (<c>at::globalContext()</c> and <c>at::Context::setFlushDenormal(bool)</c>), or null where it is not exported.</summary>
    public static FlushToZero? In(nint libTorchCpu) =>
        NativeLibrary.TryGetExport(libTorchCpu, "_ZN2at13globalContextEv", out var globalContext)
        && NativeLibrary.TryGetExport(libTorchCpu, "_ZN2at7Context16setFlushDenormalEb", out var setFlushDenormal)
            ? new FlushToZero(globalContext, setFlushDenormal)
            : null;

    /// <summary>Sets it for the calling thread; false where the processor has no such mode.</summary>
    public bool Set() => setFlushDenormal(globalContext(), 1) != 0;
}
