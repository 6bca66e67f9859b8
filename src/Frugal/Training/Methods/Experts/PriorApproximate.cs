using Frugal.Catalogue;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Experts;

/// <summary>
/// Teaches the routers of a factorised model which experts come closest to the dense block that they were cut from (Zhao et al. 2024, FactorLLM, prior-approximate loss), and trains the experts beside them; all
/// else stays as it is. The dense block is what the experts add up to when training begins.
/// </summary>
[Entry("prior-approximate", Paper = "factorllm")]
[Capabilities(WorksOn = ["MixtureOfExperts"], CombinesWith = ["factorllm"])]
public sealed class PriorApproximate : TrainingMethod
{
    private readonly TrainedChoice choice = new();
    private readonly List<FactoredBlock> blocks = [];

    /// <summary>Factor of the prior-approximate loss, summed over the layers.</summary>
    [Range(0, 1e6)]
    [Shorthand]
    public double Weight { get; init => field = Guard.Between(value, 0, 1e6); } = 0.05;

    /// <summary>Factor of the balance term, summed over the layers.</summary>
    [Range(0, 1e6)]
    public double BalanceWeight { get; init => field = Guard.Between(value, 0, 1e6); } = 0.01;

    /// <summary>True to train the routers alone; otherwise the experts as well.</summary>
    public bool RoutersOnly { get; init; }

    /// <inheritdoc/>
    public override Phase Phase => Phase.Loss;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => [TrainedChoice.Claim];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no block that was cut into experts.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        var model = fit.Subject.Model;
        var layers = LayerSelection.All.Of<MixtureOfExperts>(model).Where(layer => layer.Layer.Router is TopKRouter { Weights: ExpertWeights.Even }).ToList();
        if (layers.Count == 0)
            throw new FrugalException($"prior-approximate finds no block of {model.GetName()} that was cut into experts; factorllm cuts them.");
        choice.Make(model, (name, parameter) => parameter.requires_grad && layers.Any(layer => name.StartsWith($"{layer.Path}.{(RoutersOnly ? "gate." : "")}", StringComparison.Ordinal)));
        blocks.AddRange(layers.Select(layer => new FactoredBlock(layer.Layer)));
    }

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        using var scope = NewDisposeScope();
        foreach (var block in blocks)
            loss = loss + block.Loss(Weight, BalanceWeight);
        loss = loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Release()
    {
        choice.Undo();
        blocks.ForEach(block => block.Dispose());
        blocks.Clear();
    }

    /// <inheritdoc/>
    public override MethodState Save() =>
        new(blocks.SelectMany((block, i) => MethodState.Of(block.Teacher).Tensors.Select(weight => ($"{i}.{weight.Key}", weight.Value))).ToDictionary(), MethodState.None.Numbers);

    /// <inheritdoc/>
    public override void Load(MethodState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        for (int i = 0; i < blocks.Count; i++)
        {
            string prefix = $"{i}.";
            new MethodState(state.Tensors.Where(weight => weight.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(weight => weight.Key[prefix.Length..], weight => weight.Value), state.Numbers).CopyTo(blocks[i].Teacher);
        }
    }
}
