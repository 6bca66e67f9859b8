using Frugal.Data;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;

namespace Frugal.Compression.Cells;

/// <summary>Before each update of the weights, one of the architecture on examples that the weights do not learn from.</summary>
/// <param name="judges">These examples.</param>
/// <param name="optimizer">The update rule of the architecture.</param>
/// <param name="isUnrolled">Judges the architecture by the weights after one more step.</param>
internal sealed class ArchitectureSearch(Dataset judges, Optimizer optimizer, bool isUnrolled) : TrainingMethod
{
    private OptimizerState? state;
    private ArchitectureGradient? gradient;
    private Loader? loader;
    private IEnumerator<Batch>? batches;
    private IReadOnlySet<string> decayed = new HashSet<string>();

    public override Phase Phase => Phase.Data;

    public override void OnFitStart(Fit fit)
    {
        var network = (SearchNetwork)fit.Subject.Model;
        state = optimizer.Start([new ParameterGroup(network.Alphas)]);
        loader = new Loader(judges, fit.Options.BatchSize, fit.Subject.Random) { Shuffle = true, DropLast = true };
        _ = loader.Epoch(0); // refuses data that does not fill a batch
    }

    public override void OnBatch(Fit fit, ref Batch batch)
    {
        var network = (SearchNetwork)fit.Subject.Model;
        if (gradient is null)
        {
            // Not before: other methods choose at the start what is trained.
            gradient = new(network, fit.Options.Objective);
            decayed = fit.Optimizer.Groups.Where(group => group.Decays).SelectMany(group => group.Parameters).Select(parameter => parameter.Name).ToHashSet();
        }
        var judged = Next(fit);
        foreach (var (_, alphas) in network.Alphas)
            alphas.requires_grad = true;
        // Norms must not see these passes.
        using var buffers = new BufferGuard(network);
        var gradients = isUnrolled
            ? gradient.Unrolled(batch, judged, fit.LearningRate, (name, weight, own) => Direction(fit, name, weight, own))
            : gradient.At(judged);
        buffers.Restore();
        foreach (var ((_, alphas), own) in network.Alphas.Zip(gradients))
            alphas.grad = own;
        state!.Step(optimizer.Lr);
        state.ZeroGradients();
        foreach (var (_, alphas) in network.Alphas)
            alphas.requires_grad = false;
    }

    public override void Release()
    {
        batches?.Dispose();
        state?.Dispose();
        (batches, state, gradient, loader) = (null, null, null, null);
    }

    public override MethodState Save() => new(state!.Tensors, new Dictionary<string, double> { ["updates"] = state.Updates });

    public override void Load(MethodState state) => this.state!.Load(state.Tensors, (long)state.Numbers["updates"]);

    /// <summary>What the optimiser of the weights would step along, where it is gradient descent; otherwise the gradient, as in DARTS.</summary>
    private Tensor Direction(Fit fit, string name, Tensor weight, Tensor own)
    {
        if (fit.Options.Optimizer is not Sgd sgd)
            return own;
        var step = sgd.WeightDecay > 0 && decayed.Contains(name) ? own + weight * sgd.WeightDecay : own;
        return sgd.Momentum > 0 && fit.Optimizer.Tensors.TryGetValue($"momentum_buffer.{name}", out var momentum) ? step + momentum * sgd.Momentum : step;
    }

    private Batch Next(Fit fit)
    {
        int number = (int)(fit.Update % loader!.BatchCount);
        if (batches is null || number == 0)
        {
            batches?.Dispose();
            batches = loader.Epoch(fit.FirstEpoch + fit.Update / loader.BatchCount, number).GetEnumerator();
        }
        batches.MoveNext();
        var batch = batches.Current;
        return batch with { Inputs = batch.Inputs.to(fit.Subject.Device), Targets = batch.Targets.to(fit.Subject.Device) };
    }
}
