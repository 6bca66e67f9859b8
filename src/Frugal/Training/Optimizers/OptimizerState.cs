using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>An update rule at work on one set of parameters, with its moments.</summary>
public abstract class OptimizerState(IReadOnlyList<ParameterGroup> groups) : IDisposable
{
    /// <summary>The parameters, as they are updated alike.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; } = groups;

    /// <summary>Updates done.</summary>
    public long Updates { get; protected set; }

    /// <summary>Updates every parameter that has a gradient.</summary>
    /// <param name="lr">Learning rate of this update, before the groups' own factors.</param>
    public abstract void Step(double lr);

    /// <summary>The moments by name, e.g. <c>exp_avg.fc1.weight</c>; the tensors themselves, not copies.</summary>
    public abstract IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>Takes back what a checkpoint kept of <see cref="Tensors"/> and <see cref="Updates"/>.</summary>
    public abstract void Load(IReadOnlyDictionary<string, Tensor> tensors, long updates);

    /// <summary>Forgets all gradients.</summary>
    public void ZeroGradients()
    {
        foreach (var group in Groups)
            foreach (var (_, parameter) in group.Parameters)
                parameter.grad = null;
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}
