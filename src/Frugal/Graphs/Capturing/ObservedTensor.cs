using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Graphs.Capturing;

/// <summary>
/// A tensor that an operator was seen to take or return. It is kept alive until the capture ends, so that its address and that of its memory stand for
/// nothing else meanwhile.
/// </summary>
internal sealed unsafe class ObservedTensor
{
    private const int StorageOffset = 16;

    private ObservedTensor(nint address, Tensor tensor)
    {
        (Address, Tensor) = (address, tensor);
        Layout = new TensorLayout(tensor.shape, tensor.stride(), tensor.storage_offset());
        Storage = *(nint*)(address + StorageOffset);
    }

    /// <summary>Address of the <c>c10::TensorImpl</c>: the tensor's identity.</summary>
    public nint Address { get; }

    /// <summary>Address of the <c>c10::StorageImpl</c>: the memory's identity.</summary>
    public nint Storage { get; }

    /// <summary>A handle of our own, released with the capture's dispose scope.</summary>
    public Tensor Tensor { get; }

    /// <summary>Shape and place in the memory when seen.</summary>
    public TensorLayout Layout { get; }

    /// <summary>What <paramref name="tensor"/> refers to: a handle is a pointer to an <c>at::Tensor</c>, which is a pointer to its <c>c10::TensorImpl</c>.</summary>
    public static nint AddressOf(Tensor tensor) => *(nint*)tensor.Handle;

    /// <summary>
    /// The tensor at <paramref name="address"/>, held by <paramref name="scope"/>: the model may have scopes of its own, which end sooner.
    /// </summary>
    public static ObservedTensor At(nint address, DisposeScope scope)
    {
        var shared = TensorWindow.OfThread.Share(address);
        scope.Attach(shared);
        return new ObservedTensor(address, shared);
    }
}
