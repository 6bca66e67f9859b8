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
        CheckNotTrained(layer);
        if (input.dim() == 0 || input.size(-1) != inFeatures)
            throw new FrugalException($"A packed layer with {inFeatures} inputs got [{string.Join(", ", input.shape)}].");
    }

    /// <exception cref="FrugalException">Gradients are asked for.</exception>
    public static void CheckNotTrained(Module layer)
    {
        if (layer.training && is_grad_enabled())
            throw new FrugalException("A packed layer cannot be trained: make `pack` the last step that changes the model.");
    }

    /// <summary>Computes a convolution, <c>[batch, channels, height, width]</c>; the result belongs to the caller's scope.</summary>
    /// <exception cref="FrugalException">The kernel does not fit into the images.</exception>
    public static Tensor Run(PackedConvolution kernel, Epilogue epilogue, Tensor input)
    {
        using var scope = NewDisposeScope();
        var images = input.detach().to(float32, CPU).contiguous();
        var (batch, height, width) = ((int)images.shape[0], (int)images.shape[2], (int)images.shape[3]);
        var (outHeight, outWidth) = (kernel.Shape.OutHeight(height), kernel.Shape.OutWidth(width));
        if (outHeight < 1 || outWidth < 1)
            throw new FrugalException($"A packed convolution got images of {height} x {width}, into which its kernel of {kernel.Shape.KernelHeight} x {kernel.Shape.KernelWidth} does not fit.");
        var output = empty([batch, kernel.OutChannels, outHeight, outWidth], float32);
        kernel.Run(MemoryMarshal.Cast<byte, float>(images.bytes), batch, height, width, MemoryMarshal.Cast<byte, float>(output.bytes), epilogue, Pool.Value);
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>Computes <c>[…, in]</c> to <c>[…, out]</c>; the result belongs to the caller's scope. At one row what surrounds the kernel counts, so nothing is copied that need not be.</summary>
    public static Tensor Run(IRowOperator kernel, Tensor input)
    {
        if (input.dtype == ScalarType.Float32 && input.device_type == DeviceType.CPU && input.is_contiguous())
            return RunPlain(kernel, input);
        using var scope = NewDisposeScope();
        return RunPlain(kernel, input.detach().to(float32, CPU).contiguous()).MoveToOuterDisposeScope();
    }

    /// <summary>Computes a mixture of experts, <c>[rows, in]</c> to <c>[rows, out]</c>.</summary>
    /// <param name="kernel">The experts.</param>
    /// <param name="input"><c>[rows, in]</c>.</param>
    /// <param name="chosen">Experts of each row, <c>[rows · k]</c>.</param>
    /// <param name="weights">Their weights, <c>[rows · k]</c>.</param>
    public static Tensor Run(PackedExperts kernel, Tensor input, Tensor chosen, Tensor weights)
    {
        using var scope = NewDisposeScope();
        var (experts, factors) = (chosen.to(int32, CPU).contiguous(), weights.detach().to(float32, CPU).contiguous());
        return Run(kernel, input, MemoryMarshal.Cast<byte, int>(experts.bytes), MemoryMarshal.Cast<byte, float>(factors.bytes)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Run(PackedExperts, Tensor, Tensor, Tensor)"/>
    public static Tensor Run(PackedExperts kernel, Tensor input, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights)
    {
        using var scope = NewDisposeScope();
        int rows = checked((int)input.shape[0]);
        var values = input.detach().to(float32, CPU).contiguous();
        var output = empty(rows, kernel.OutFeatures, float32);
        kernel.Run(MemoryMarshal.Cast<byte, float>(values.bytes), rows, chosen, weights, MemoryMarshal.Cast<byte, float>(output.bytes), Pool.Value);
        return output.MoveToOuterDisposeScope();
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
