using Frugal.Data;
using Frugal.Recipes;
using Frugal.Training;
using static TorchSharp.torch;

namespace Frugal.Testing;

/// <summary>A training method made of the actions that a test gives.</summary>
public class Hooks : TrainingMethod
{
    public Action<Subject>? Build { get; init; }
    public Action<Fit>? Start { get; init; }
    public Action<Fit>? Batch { get; init; }
    public Func<Tensor, Tensor>? Inputs { get; init; }
    public Func<Fit, Tensor, Tensor>? Loss { get; init; }
    public Action<Fit>? Gradients { get; init; }
    public Action<Fit>? Before { get; init; }
    public Action<Fit>? AfterUpdate { get; init; }
    public Action<Fit>? EpochEnd { get; init; }
    public Action<Fit>? End { get; init; }
    public IReadOnlyList<string> Claim { get; init; } = [];

    public override Phase Phase => Acts;

    public Phase Acts { get; init; } = Phase.Weight;

    public override IEnumerable<string> Claims(Fit fit) => Claim;

    public override void OnBuild(Subject subject) => Build?.Invoke(subject);

    public override void OnFitStart(Fit fit) => Start?.Invoke(fit);

    public override void OnBatch(Fit fit, ref Batch batch)
    {
        Batch?.Invoke(fit);
        if (Inputs is { } change)
            batch = batch with { Inputs = change(batch.Inputs) };
    }

    public override void OnLoss(Fit fit, ref Tensor loss) => loss = Loss?.Invoke(fit, loss) ?? loss;

    public override void OnGradients(Fit fit) => Gradients?.Invoke(fit);

    public override void BeforeStep(Fit fit) => Before?.Invoke(fit);

    public override void AfterStep(Fit fit) => AfterUpdate?.Invoke(fit);

    public override void OnEpochEnd(Fit fit) => EpochEnd?.Invoke(fit);

    public override void OnFitEnd(Fit fit) => End?.Invoke(fit);

    public override MethodState Save() => MethodState.None;

    public override void Load(MethodState state) { }
}
