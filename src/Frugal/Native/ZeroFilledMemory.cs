using System.Runtime.InteropServices;

namespace Frugal.Native;

/// <summary>
/// libtorch's switch to hand out CPU memory as zeros. libtorch 2.10's convolution library (oneDNN 3.7.1) keeps channels in blocks of 8 or 16 and does not clear the
/// unused end of the last block: with channels that are no multiple of the block, e.g. after pruning, it multiplies what lay in that memory by zero, and where that was
/// not finite the result, or the gradient of the input, is NaN.
/// </summary>
internal static unsafe class ZeroFilledMemory
{
    /// <summary>Turns it on in this library or one it depends on; false where the switch is not exported.</summary>
    public static bool TurnOn(nint libTorchCpu)
    {
        if (!NativeLibrary.TryGetExport(libTorchCpu, "FLAGS_caffe2_cpu_allocator_do_zero_fill", out var flag))
            return false;
        *(bool*)flag = true;
        return true;
    }
}
