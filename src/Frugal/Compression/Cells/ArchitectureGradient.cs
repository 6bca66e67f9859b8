using Frugal.Data;
using Frugal.Training.Objectives;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Compression.Cells;

/// <summary>
/// The gradient of the validation loss by the architecture (Liu et al. 2019, eq. 5 to 8): with the weights as they are, or as they would be after one more step. What is trained at the time counts as weights:
/// the layers' weights, or their scores.
/// </summary>
/// <param name="network">The network; buffers such as those of norms change by what runs through it.</param>
/// <param name="objective">The loss.</param>
internal sealed class ArchitectureGradient(SearchNetwork network, Objective objective)
{
    /// <summary>Size of the finite difference, over the norm of the direction.</summary>
    private const double Step = 0.01;

    private readonly IReadOnlyList<(string Name, Parameter Value)> weights = [.. network.named_parameters().Where(parameter => parameter.parameter.requires_grad).Select(parameter => (parameter.name, parameter.parameter))];

    /// <summary>First order: <c>∂L_val / ∂α</c> at the weights as they are.</summary>
    /// <returns>A gradient for each of <see cref="SearchNetwork.Alphas"/>.</returns>
    public IReadOnlyList<Tensor> At(Batch validation)
    {
        Clear();
        var gradients = OfAlphas(validation);
        Clear();
        return gradients;
    }

    /// <summary>
    /// Second order: at <c>W' = W - ξ d</c> with d what the optimiser would step along, less ξ times the product of <c>∂²L_train / ∂α∂W</c> and <c>∂L_val / ∂W'</c>, by finite differences. The weights
    /// are as before afterwards, to the bit.
    /// </summary>
    /// <param name="training">The examples that the weights are about to learn from.</param>
    /// <param name="validation">The examples by which the architecture is judged.</param>
    /// <param name="xi">Length ξ of the step.</param>
    /// <param name="direction">What the optimiser makes of a weight's gradient: by name, weight and gradient.</param>
    public IReadOnlyList<Tensor> Unrolled(Batch training, Batch validation, double xi, Func<string, Tensor, Tensor, Tensor> direction)
    {
        using var scope = NewDisposeScope();
        List<Tensor> start = [.. weights.Select(weight => weight.Value.detach().clone())];
        Clear();
        OfAlphas(training);
        Move(start, [.. weights.Zip(start, (weight, value) => direction(weight.Name, value, Gradient(weight.Value)))], -xi);
        Clear();
        var gradients = OfAlphas(validation);
        List<Tensor> along = [.. weights.Select(weight => Gradient(weight.Value))];
        double norm = Math.Sqrt(along.Sum(part => part.to(float64).square().sum().ToDouble()));
        if (norm > 0 && xi != 0)
        {
            double step = Step / norm;
            IReadOnlyList<Tensor> above = Moved(start, along, step, training), below = Moved(start, along, -step, training);
            gradients = [.. gradients.Select((gradient, i) => gradient - (above[i] - below[i]) * (xi / (2 * step)))];
        }
        Move(start, along, 0);
        Clear();
        return [.. gradients.Select(gradient => gradient.MoveToOuterDisposeScope())];
    }

    private IReadOnlyList<Tensor> Moved(IReadOnlyList<Tensor> start, IReadOnlyList<Tensor> along, double by, Batch batch)
    {
        Move(start, along, by);
        Clear();
        return OfAlphas(batch);
    }

    // Leaves the gradients of the weights where they are.
    private IReadOnlyList<Tensor> OfAlphas(Batch batch)
    {
        objective.Loss(network.call(batch.Inputs), batch.Targets).backward();
        return [.. network.Alphas.Select(alphas => Gradient(alphas.Value))];
    }

    private void Move(IReadOnlyList<Tensor> start, IReadOnlyList<Tensor> along, double by)
    {
        using var mode = no_grad();
        for (int i = 0; i < weights.Count; i++)
        {
            weights[i].Value.copy_(start[i]);
            if (by != 0)
                weights[i].Value.add_(along[i], alpha: by);
        }
    }

    private void Clear()
    {
        foreach (var tensor in weights.Select(weight => (Tensor)weight.Value).Concat(network.Alphas.Select(alphas => alphas.Value)))
            tensor.grad = null;
    }

    private static Tensor Gradient(Tensor of) => of.grad is { } gradient ? gradient.detach().clone() : zeros_like(of).detach();
}
