using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Binarisers with the gradients that they are trained with (Xing et al. 2024, "BiPFT", arXiv 2312.08937). A sign of exactly zero is taken as positive, so that there are two values and no
/// third, as the kernels need.
/// </summary>
public static class BinaryMath
{
    /// <summary>No step is smaller.</summary>
    public const float MinStep = 1e-5f;

    /// <summary>+1 where a number is at least 0, -1 elsewhere; NaN stays.</summary>
    public static Tensor Signs(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var scope = NewDisposeScope();
        var plain = values.detach();
        return (plain.ge(0).to(values.dtype) * 2 - 1 + (plain - plain)).MoveToOuterDisposeScope();
    }

    /// <summary>A weight as <c>A · sign(W - μ)</c> with A the mean magnitude and μ the mean of the whole tensor. The gradient passes as if nothing had been done.</summary>
    /// <param name="weight">Of any shape.</param>
    public static Tensor Weight(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        var plain = weight.detach();
        return WithGradient(plain.abs().mean() * Signs(plain - plain.mean()), weight).MoveToOuterDisposeScope();
    }

    /// <summary>A table whose rows each have their own scale, <c>A_i · sign(W - μ)</c>; μ is still the mean of the whole.</summary>
    /// <param name="weight"><c>[rows, columns]</c>.</param>
    public static Tensor WeightByRow(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        return Rows(weight, weight.detach().mean()).MoveToOuterDisposeScope();
    }

    /// <summary>Rows of such a table, <c>A_i · sign(W_i - μ)</c>.</summary>
    /// <param name="rows"><c>[…, columns]</c>.</param>
    /// <param name="mean">μ, a scalar: the mean of the whole table.</param>
    public static Tensor Rows(Tensor rows, Tensor mean)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(mean);
        using var scope = NewDisposeScope();
        var plain = rows.detach();
        return WithGradient(plain.abs().mean([-1], keepdim: true) * Signs(plain - mean), rows).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Activations as <c>α · sign(x)</c>. The gradient of x passes where <c>|x| ≤ α</c>; that of α is <c>Σ sign(x) · g / √n</c> for n activations.
    /// </summary>
    /// <param name="values">Of any shape.</param>
    /// <param name="step">α, a scalar.</param>
    public static Tensor Signed(Tensor values, Tensor step)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(step);
        using var scope = NewDisposeScope();
        var (plain, size, signs) = (values.detach(), step.detach().clamp_min(MinStep), Signs(values));
        var result = size * signs;
        if (is_grad_enabled())
            result = result + plain.abs().le(size).to(values.dtype) * (values - plain) + signs * ((step - step.detach()) / Math.Sqrt(values.numel()));
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Probabilities as 0 or α: <c>α · clamp(round(p / α), 0, 1)</c>, so 1 from above a half of α. With u = p/α the gradient of p passes where <c>0 ≤ u ≤ 1</c>; that of α is the sum of g where
    /// u is above 1 and of <c>g · (round(u) - u)</c> where it passes, over √n.
    /// </summary>
    /// <param name="values">Of any shape, not negative.</param>
    /// <param name="step">α, a scalar.</param>
    public static Tensor Unsigned(Tensor values, Tensor step)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(step);
        using var scope = NewDisposeScope();
        var (plain, size) = (values.detach(), step.detach().clamp_min(MinStep));
        var share = plain / size;
        var rounded = share.round();
        var result = size * rounded.clamp(0, 1);
        if (is_grad_enabled())
        {
            var passes = share.ge(0).to(values.dtype) * share.le(1).to(values.dtype);
            var slope = share.gt(1).to(values.dtype) + passes * (rounded - share);
            result = result + passes * (values - plain) + slope * ((step - step.detach()) / Math.Sqrt(values.numel()));
        }
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The step that activations begin with: twice their mean magnitude.</summary>
    public static Tensor FirstStep(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var scope = NewDisposeScope();
        return (values.detach().abs().mean() * 2).MoveToOuterDisposeScope();
    }

    /// <summary>The step that probabilities begin with: four times their mean magnitude.</summary>
    public static Tensor FirstStepOfProbabilities(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var scope = NewDisposeScope();
        return (values.detach().abs().mean() * 4).MoveToOuterDisposeScope();
    }

    // What is added is exactly zero.
    private static Tensor WithGradient(Tensor value, Tensor source) => is_grad_enabled() ? value + (source - source.detach()) : value;
}
