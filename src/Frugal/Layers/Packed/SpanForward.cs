using System.Runtime.InteropServices;
using Frugal.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Packed;

/// <summary>From tensors to spans and back: the forward pass of the layers that run on Frugal's own kernels.</summary>
internal static class SpanForward
{
    // One for all layers: they run one after the other, and threads that wait for one another must not outnumber the cores.
    private static readonly Lazy<KernelPool> Pool = new(() => new KernelPool(Math.Clamp(get_num_threads(), 1, 1024)));

    /// <summary>Refuses what a packed layer cannot do.</summary>
    /// <exception cref="FrugalException">The input has other columns, or gradients are asked for.</exception>
    public static void Check(Module layer, int inFeatures, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (layer.training && is_grad_enabled())
            throw new FrugalException("A packed layer cannot be trained: make `pack` the last step that changes the model.");
        if (input.dim() == 0 || input.size(-1) != inFeatures)
            throw new FrugalException($"A packed layer with {inFeatures} inputs got [{string.Join(", ", input.shape)}].");
    }

    /// <summary>Computes <c>[…, in]</c> to <c>[…, out]</c>; the result belongs to the caller's scope. At one row what surrounds the kernel counts, so nothing is copied that need not be.</summary>
    public static Tensor Run(IRowOperator kernel, Tensor input)
    {
        if (input.dtype == ScalarType.Float32 && input.device_type == DeviceType.CPU && input.is_contiguous())
            return RunPlain(kernel, input);
        using var scope = NewDisposeScope();
        return RunPlain(kernel, input.detach().to(float32, CPU).contiguous()).MoveToOuterDisposeScope();
    }

    private static Tensor RunPlain(IRowOperator kernel, Tensor input)
    {
        long[] shape = input.shape;
        int rows = checked((int)(input.numel() / kernel.InFeatures));
        shape[^1] = kernel.OutFeatures;
        var output = empty(shape, float32);
        kernel.Run(MemoryMarshal.Cast<byte, float>(input.bytes), rows, MemoryMarshal.Cast<byte, float>(output.bytes), Pool.Value);
        return output;
    }
}
