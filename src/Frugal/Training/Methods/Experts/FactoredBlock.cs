using Frugal.Layers.Experts;
using Frugal.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Experts;

/// <summary>A block that was cut into experts, what it is given in training, and the dense block as it was before.</summary>
internal sealed class FactoredBlock : IDisposable
{
    private readonly MixtureOfExperts layer;
    private readonly Action removeHook;
    private readonly int k;
    private Tensor? seen;

    /// <summary>Begins to observe a block.</summary>
    public FactoredBlock(MixtureOfExperts layer)
    {
        this.layer = layer;
        k = ((TopKRouter)layer.Router!).K;
        Teacher = Copy(layer.Experts);
        removeHook = layer.register_forward_pre_hook((_, input) =>
        {
            if (is_grad_enabled())
            {
                seen?.Dispose();
                seen = input.detach().reshape(-1, layer.Dim).clone().DetachFromDisposeScope();
            }
            return input;
        }).remove;
    }

    /// <summary>The experts as they were, whose sum is the dense block.</summary>
    public ModuleList<Module<Tensor, Tensor>> Teacher { get; }

    /// <summary>Prior-approximate loss and balance term of the last forward pass, times their weights.</summary>
    public Tensor Loss(double weight, double balanceWeight)
    {
        using var scope = NewDisposeScope();
        var tokens = seen ?? throw new FrugalException("A block that was cut into experts did not run in the forward pass.");
        scope.Attach(tokens);
        seen = null;
        var logits = layer.Route(tokens).Logits.flatten(0, 1);
        return (weight * FactorMath.PriorLoss(logits, Labels(tokens)) + balanceWeight * FactorMath.BalanceLoss(logits, k)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        removeHook();
        seen?.Dispose();
        Teacher.Dispose();
    }

    private Tensor Labels(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        bool wasTraining = layer.training;
        layer.eval();
        Teacher.eval();
        var outputs = stack([.. layer.Experts.Select(expert => expert.call(tokens))]);
        layer.train(wasTraining);
        var dense = Teacher.Select(expert => expert.call(tokens)).Aggregate((sum, part) => sum + part);
        return FactorMath.Labels(FactorMath.Errors(outputs, dense, k), k).MoveToOuterDisposeScope();
    }

    private ModuleList<Module<Tensor, Tensor>> Copy(IReadOnlyList<Module<Tensor, Tensor>> experts)
    {
        using var mode = no_grad();
        using var random = new KeptRandomState();
        var copies = new ModuleList<Module<Tensor, Tensor>>([.. experts.Select(_ => layer.NewExpert())]);
        var like = experts[0].parameters().First();
        copies.to(like.dtype);
        copies.to(like.device);
        for (int i = 0; i < experts.Count; i++)
            foreach (var (name, parameter) in experts[i].named_parameters())
            {
                var copy = copies[i].get_parameter(name) ?? throw new FrugalException($"Experts that were replaced since they were cut, e.g. by others of low rank, cannot be taught: {name} is none of a dense one's weights.");
                copy.copy_(parameter);
            }
        return copies;
    }
}
