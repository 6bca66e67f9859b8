using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Stands where an expert stood that is in a file: a feed-forward block, gated or not, whose weights come from the store.</summary>
internal sealed class StoredExpert : Module<Tensor, Tensor>
{
    private readonly ExpertStore store;
    private readonly (int Layer, int Expert) place;
    private readonly Module<Tensor, Tensor> act;

    public StoredExpert(ExpertStore store, (int Layer, int Expert) place, Activation activation) : base(nameof(StoredExpert))
    {
        (this.store, this.place) = (store, place);
        act = ActivationLayer.Of(activation);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var weights = store.Wait(place);
        Tensor Linear(string name, Tensor x) => functional.linear(x, weights[$"{name}.weight"], weights.GetValueOrDefault($"{name}.bias"));
        var output = weights.ContainsKey("gate_proj.weight")
            ? Linear("down_proj", act.call(Linear("gate_proj", input)) * Linear("up_proj", input))
            : Linear("fc2", act.call(Linear("fc1", input)));
        return output.MoveToOuterDisposeScope();
    }
}
