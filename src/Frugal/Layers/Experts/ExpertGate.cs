using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>The logits of experts for each token, <c>[…, dim]</c> to <c>[…, experts]</c> (Nguyen et al. 2024, arXiv 2401.13875, for the forms with a temperature). Parameters: <c>weight</c>, <c>bias</c>, <c>log_temperature</c>.</summary>
public sealed class ExpertGate : Module<Tensor, Tensor>
{
    private readonly GateForm form;
    private Parameter weight;
    private Parameter? bias, log_temperature;
    private Module<Tensor, Tensor>? act;

    /// <param name="dim">Width of a token.</param>
    /// <param name="numExperts">Number of experts.</param>
    /// <param name="form">How logits come from a token.</param>
    /// <param name="hasBias">Whether each expert has a bias.</param>
    /// <param name="activation">σ of <see cref="GateForm.Activation"/>.</param>
    /// <param name="temperature">τ at the start, above 0; not used by <see cref="GateForm.Linear"/>.</param>
    public ExpertGate(long dim, int numExperts, GateForm form = GateForm.Linear, bool hasBias = false, Activation activation = Layers.Activation.Tanh, double temperature = 1) : base(nameof(ExpertGate))
    {
        this.form = form;
        double bound = 1 / Math.Sqrt(dim);
        weight = Uniform(bound, numExperts, dim);
        bias = hasBias ? Uniform(bound, numExperts) : null;
        if (form != GateForm.Linear)
            log_temperature = DenseLayer.ParameterOf(tensor((float)Math.Log(Guard.Positive(temperature, nameof(temperature)))));
        act = form == GateForm.Activation ? ActivationLayer.Of(activation) : null;
        RegisterComponents();
    }

    /// <summary>The temperature τ as it is now; 1 for a linear gate.</summary>
    public double Temperature => log_temperature is null ? 1 : Math.Exp(log_temperature.to(float64).item<double>());

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        if (form == GateForm.Linear)
            return functional.linear(input, weight, bias).MoveToOuterDisposeScope();
        var scores = functional.linear(input, weight);
        if (act is not null)
            scores = act.call(scores);
        if (bias is not null)
            scores = scores + bias;
        return (scores / log_temperature!.exp()).MoveToOuterDisposeScope();
    }

    private static Parameter Uniform(double bound, params long[] shape)
    {
        using var values = empty(shape).uniform_(-bound, bound);
        return DenseLayer.ParameterOf(values);
    }
}
