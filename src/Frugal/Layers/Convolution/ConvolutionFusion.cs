using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Makes one convolution of a convolution and its neighbours: a batch norm behind it or before it, a parallel one with a smaller kernel, a shortcut around it.</summary>
public static class ConvolutionFusion
{
    /// <summary>A convolution and the batch norm behind it: <c>W' = W γ/√(σ² + ε)</c> by output channel, <c>b' = β + (b - μ) γ/√(σ² + ε)</c>.</summary>
    public static Conv2d WithNormBehind(Conv2d convolution, BatchNorm2d norm)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (scale, shift) = ScaleAndShift(norm);
        return Like(convolution, convolution.weight * scale.view(-1, 1, 1, 1), convolution.bias is { } bias ? shift + bias * scale : shift);
    }

    /// <summary>A batch norm and the 1x1 convolution behind it: <c>W' = W γ/√(σ² + ε)</c> by input channel, <c>b' = W (β - μ γ/√(σ² + ε))</c>.</summary>
    /// <exception cref="FrugalException">The kernel is larger, so that zeros around the image would count as normalised, or there are groups.</exception>
    public static Conv2d WithNormBefore(BatchNorm2d norm, Conv2d convolution)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        if (convolution.groups != 1 || convolution.kernel_size.Any(side => side != 1) || convolution.padding?.Any(side => side != 0) != false)
            throw new FrugalException("A norm goes into the convolution behind it only where that has a 1x1 kernel, no groups and no padding.");
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (scale, shift) = ScaleAndShift(norm);
        var added = convolution.weight.squeeze(-1).squeeze(-1).matmul(shift);
        return Like(convolution, convolution.weight * scale.view(1, -1, 1, 1), convolution.bias is { } bias ? added + bias : added);
    }

    /// <summary>The sum of two convolutions of one stride, of which the second has a smaller kernel in the middle of the first one's.</summary>
    public static Conv2d Sum(Conv2d larger, Conv2d smaller)
    {
        ArgumentNullException.ThrowIfNull(larger);
        ArgumentNullException.ThrowIfNull(smaller);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        long down = (larger.kernel_size[0] - smaller.kernel_size[0]) / 2, across = (larger.kernel_size[1] - smaller.kernel_size[1]) / 2;
        return Like(larger, larger.weight + functional.pad(smaller.weight, [across, across, down, down]), larger.bias! + smaller.bias!);
    }

    /// <summary>A 1x1 convolution of as many outputs as inputs plus its input.</summary>
    public static Conv2d WithShortcut(Conv2d convolution)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var weight = convolution.weight;
        return Like(convolution, weight + eye(weight.shape[0], dtype: weight.dtype, device: weight.device).unsqueeze(-1).unsqueeze(-1), convolution.bias!);
    }

    /// <summary>What a layer says that has other parts than it was built with.</summary>
    internal static FrugalException Replaced() => new("A convolution or norm was replaced, and cannot become one convolution any more.");

    private static Conv2d Like(Conv2d convolution, Tensor weight, Tensor bias)
    {
        var plain = PlainConv2d.Of(convolution) with { HasBias = true };
        var fused = (Conv2d)plain.Build();
        fused.to(weight.device).to(weight.dtype);
        fused.weight.copy_(weight);
        fused.bias!.copy_(bias);
        fused.train(convolution.training);
        return fused;
    }

    /// <summary>What a batch norm multiplies each channel by and adds to it; in double precision on the way, since a root of a small variance loses digits.</summary>
    internal static (Tensor Scale, Tensor Shift) ScaleAndShift(BatchNorm2d norm)
    {
        ArgumentNullException.ThrowIfNull(norm);
        if (norm.running_mean is not { } mean || norm.running_var is not { } variance)
            throw new FrugalException("A norm without running statistics is no fixed function of its input and cannot go into a convolution.");
        var scale = (variance.to(float64) + norm.eps).rsqrt();
        if (norm.weight is { } weight)
            scale = scale * weight;
        var shift = -mean * scale;
        return (scale.to(mean.dtype), (norm.bias is { } bias ? shift + bias : shift).to(mean.dtype));
    }
}
