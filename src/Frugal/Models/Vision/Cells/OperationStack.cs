using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>Layers one behind the other under the name <c>op</c>, as DARTS has them.</summary>
internal sealed class OperationStack : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> op;

    public OperationStack(params Module<Tensor, Tensor>[] layers) : base(nameof(OperationStack))
    {
        op = Sequential(layers);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => op.call(input);
}
