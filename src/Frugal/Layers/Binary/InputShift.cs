using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>What is added to each input before its sign is taken; a module, so that its number has the authors' name, <c>move.bias</c>.</summary>
internal sealed class InputShift : Module<Tensor, Tensor>
{
    private readonly Parameter bias;

    /// <param name="inFeatures">Inputs; all begin with a shift of zero.</param>
    public InputShift(long inFeatures) : base(nameof(InputShift))
    {
        using var scope = NewDisposeScope();
        bias = DenseLayer.ParameterOf(zeros(inFeatures));
        RegisterComponents();
    }

    /// <summary>The shift, <c>[in]</c>.</summary>
    public Tensor Bias => bias;

    public override Tensor forward(Tensor input) => input + bias;
}
