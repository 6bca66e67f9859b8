using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// <c>max(x, bound)</c> that can be left again: below the bound the gradient passes where it would move the number upwards. So a parameter that was pushed under its bound is not stuck there
/// (Ballé et al. 2018, as in CompressAI).
/// </summary>
internal sealed class LowerBound : autograd.SingleTensorFunction<LowerBound>
{
    public override string Name => nameof(LowerBound);

    /// <summary>Applies it.</summary>
    /// <param name="input">The numbers.</param>
    /// <param name="bound">The bound, a scalar of their type.</param>
    public static Tensor Of(Tensor input, double bound)
    {
        var least = full_like(input, bound, requires_grad: false);
        return is_grad_enabled() && input.requires_grad ? apply(input, least) : maximum(input, least);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor input = (Tensor)vars[0], least = (Tensor)vars[1];
        ctx.save_for_backward([input, least]);
        return maximum(input, least);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var passes = saved[0].ge(saved[1]).logical_or(grad_output.lt(0));
        return [grad_output * passes.to(grad_output.dtype), zeros_like(saved[1])];
    }
}
