using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Frugal.Graphs.Capturing;

/// <summary>
/// Makes TorchSharp tensors of tensors that lie in libtorch's memory. TorchSharp wraps a pointer to an <c>at::Tensor</c>, itself a pointer; here the wrapper
/// is made once a thread, and what it points to is exchanged, so that no handle is left behind for each tensor looked at.
/// </summary>
internal sealed unsafe class TensorWindow
{
    [ThreadStatic]
    private static TensorWindow? ofThread;

    private readonly nint* place = (nint*)NativeMemory.AllocZeroed((nuint)sizeof(nint));
    private readonly Tensor wrapper;

    [SuppressMessage("Usage", "CA1816", Justification = "The wrapper owns nothing, so its finaliser must never release what it happens to show.")]
    private TensorWindow()
    {
        wrapper = Tensor.UnsafeCreateTensor((nint)place).DetachFromDisposeScope();
        GC.SuppressFinalize(wrapper);
    }

    public static TensorWindow OfThread => ofThread ??= new TensorWindow();

    /// <summary>A handle of the caller's own to the tensor at <paramref name="address"/>, a <c>c10::TensorImpl</c>.</summary>
    public Tensor Share(nint address)
    {
        *place = address;
        var shared = wrapper.alias();
        *place = 0;
        return shared;
    }
}
