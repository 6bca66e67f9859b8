using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training.Methods.Distillation;

/// <summary>
/// Keeps the products of factorized weights in a small ball around the dense weights they came from: adds the mean over the layers of <c>(max |product - weight| - epsilon)²</c> to the loss (Guo et
/// al., 2023, arXiv 2310.10700). The maximum is over all entries.
/// </summary>
[Entry("weight-perturbation", Paper = "pela")]
[Unsupported("training", "acts on layers that low-rank put in, and needs the network as it was before them; pela trains with both")]
[Unsupported("resume", "acts on layers that low-rank put in, and needs the network as it was before them; pela trains with both")]
[Capabilities(WorksOn = ["LowRankLinear", "LowRankConv2d"], CombinesWith = ["low-rank", "distillation", "train"])]
public sealed class WeightPerturbation : TrainingMethod
{
    private readonly List<(IFactored Layer, Tensor Weight)> layers = [];

    /// <summary>The network with the dense weights.</summary>
    public required Teacher Teacher { get; init; }

    /// <summary>Factor on the term in the loss, λ_w.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Weight { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Radius of the ball that costs nothing to reach, ε; nearer than that costs as well.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Epsilon { get; init => field = Guard.NotNegative(value); } = 1e-3;

    /// <summary>Updates from one in which the term counts to the next; it costs a product of the factors of every layer.</summary>
    [Range(1, 1_000_000)]
    public int Interval { get; init => field = Guard.Between(value, 1, 1_000_000); } = 1;

    /// <inheritdoc/>
    public override Phase Phase => Phase.Loss;

    /// <inheritdoc/>
    public override Type After => typeof(KnowledgeDistillation);

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => [Teacher];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The teacher has no dense weight for a factorized layer, or the student has no such layer.</exception>
    public override void OnPrepare(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var teacher = Teacher.Open(subject);
        foreach (var (path, layer) in LayerSelection.All.Of<Module>(subject.Model, layer => layer is IFactored))
            layers.Add(((IFactored)layer, DenseWeightAt(teacher, path)));
        if (layers.Count == 0)
            throw new FrugalException($"weight-perturbation finds no factorized layer in {subject.Model.GetName()}; put low-rank before the training.");
    }

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(fit);
        if (Weight == 0 || fit.Update % Interval != 0)
            return;
        using var scope = NewDisposeScope();
        loss = (loss + Of(layers.Select(layer => (layer.Layer.DenseWeight(), layer.Weight)), Epsilon) * Weight).MoveToOuterDisposeScope();
    }

    /// <summary>The term before its factor.</summary>
    /// <param name="weights">Product and dense weight of every layer, of one shape each.</param>
    /// <param name="epsilon">Radius of the ball.</param>
    public static Tensor Of(IEnumerable<(Tensor Product, Tensor Weight)> weights, double epsilon) =>
        stack(weights.Select(pair => ((pair.Product - pair.Weight).abs().max() - epsilon).square())).mean();

    /// <inheritdoc/>
    public override void Release()
    {
        layers.ForEach(layer => layer.Weight.Dispose());
        layers.Clear();
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }

    private static Tensor DenseWeightAt(FrozenModel teacher, string path) => ModuleSurgery.Find(teacher.Model, path) switch
    {
        Linear linear => linear.weight.detach().clone().DetachFromDisposeScope(),
        Conv2d convolution => convolution.weight.detach().clone().DetachFromDisposeScope(),
        var other => throw new FrugalException($"The teacher's '{path}' is a {other.GetName()} without the dense weight that the student's factors came from; take the model before the factorization as the teacher."),
    };
}
