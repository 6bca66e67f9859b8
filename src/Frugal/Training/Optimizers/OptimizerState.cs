using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>An update rule at work on one set of parameters, with its moments.</summary>
/// <remarks>
/// A rule names its moments once and updates one parameter at a time; this class walks the groups, makes the moments when a parameter first has a gradient, and names them for
/// the checkpoint as PyTorch does: <c>exp_avg.fc1.weight</c>.
/// </remarks>
public abstract class OptimizerState : IDisposable
{
    private readonly string[] momentNames;
    private readonly Slot[] slots;

    /// <param name="groups">The parameters, as they are updated alike.</param>
    /// <param name="momentNames">PyTorch's names of the tensors kept for each parameter, e.g. <c>exp_avg</c>.</param>
    protected OptimizerState(IReadOnlyList<ParameterGroup> groups, params string[] momentNames)
    {
        Groups = groups;
        this.momentNames = momentNames;
        slots = [.. groups.SelectMany(group => group.Parameters.Select(parameter => new Slot(parameter.Name, parameter.Value, group, momentNames.Length)))];
    }

    /// <summary>The parameters, as they are updated alike.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Updates done.</summary>
    public long Updates { get; private set; }

    /// <summary>True for a rule that can draw masked entries to zero beside its momentum.</summary>
    internal virtual bool DecaysMasked => false;

    /// <summary>Draws the masked entries of a parameter to zero in the next update.</summary>
    /// <exception cref="InvalidOperationException">The rule cannot, or has no such parameter.</exception>
    internal void DecayMasked(string name, MaskedDecay decay)
    {
        var slot = Array.Find(slots, slot => slot.Name == name);
        if (slot is null || !DecaysMasked)
            throw new InvalidOperationException($"{GetType().Name} cannot decay masked entries of {name}.");
        slot.MaskedDecay = decay;
    }

    /// <summary>Updates every parameter that has a gradient.</summary>
    /// <param name="lr">Learning rate of this update, before the groups' own factors.</param>
    public void Step(double lr)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        BeforeUpdate();
        foreach (var slot in slots)
        {
            if (slot.Value.grad is not { } gradient)
                continue;
            slot.Steps++;
            Update(slot, gradient, lr * slot.Group.LearningRateScale);
            slot.MaskedDecay = null;
        }
        Updates++;
    }

    /// <summary>What the rule does to all gradients at once before the first parameter moves, e.g. clipping by the global norm.</summary>
    protected virtual void BeforeUpdate() { }

    /// <summary>Updates one parameter in place. Called without autograd, inside a dispose scope.</summary>
    /// <param name="slot">The parameter, its moments and its own count of updates, this one included.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="lr">Learning rate for this parameter.</param>
    protected abstract void Update(Slot slot, Tensor gradient, double lr);

    /// <summary>True for a rule that corrects its moments by how often each parameter was updated; the counts are then saved as <c>step.NAME</c>.</summary>
    protected virtual bool CountsSteps => false;

    /// <summary>
    /// The moments by name, e.g. <c>exp_avg.fc1.weight</c>; the tensors themselves, not copies, except for the counts <c>step.NAME</c> (int64 scalars), which are made anew.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Tensors
    {
        get
        {
            var named = new SortedDictionary<string, Tensor>(StringComparer.Ordinal);
            foreach (var slot in slots)
            {
                for (int i = 0; i < momentNames.Length; i++)
                    if (slot[i] is { } moment)
                        named[$"{momentNames[i]}.{slot.Name}"] = moment;
                if (CountsSteps && slot.Steps > 0)
                    named[$"step.{slot.Name}"] = tensor(slot.Steps);
            }
            return named;
        }
    }

    /// <summary>Takes back what a checkpoint kept of <see cref="Tensors"/> and <see cref="Updates"/>.</summary>
    /// <exception cref="FrugalException">A tensor belongs to no parameter of this model, or has another shape.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> tensors, long updates)
    {
        using var frozen = no_grad();
        var unused = new HashSet<string>(tensors.Keys, StringComparer.Ordinal);
        foreach (var slot in slots)
        {
            for (int i = 0; i < momentNames.Length; i++)
            {
                string name = $"{momentNames[i]}.{slot.Name}";
                if (unused.Remove(name))
                    slot.Take(i, name, tensors[name]);
            }
            if (CountsSteps && unused.Remove($"step.{slot.Name}"))
                slot.Steps = tensors[$"step.{slot.Name}"].item<long>();
        }
        if (unused.Count > 0)
            throw new FrugalException($"The optimiser state holds {unused.Order(StringComparer.Ordinal).First()}, which belongs to no parameter of this model under {GetType().Name}.");
        Updates = updates;
    }

    /// <summary>
    /// Takes over the moments of a rule of the same kind for parameters that still exist under their name with their shape; the others start afresh. For networks
    /// that were rewired during training.
    /// </summary>
    public void Inherit(OptimizerState former)
    {
        using var frozen = no_grad();
        var before = former.slots.ToDictionary(slot => slot.Name, StringComparer.Ordinal);
        foreach (var slot in slots)
        {
            if (!before.TryGetValue(slot.Name, out var old) || !old.Shape.SequenceEqual(slot.Shape))
                continue;
            for (int i = 0; i < momentNames.Length; i++)
                if (Array.IndexOf(former.momentNames, momentNames[i]) is >= 0 and var from && old[from] is { } moment)
                    slot.Take(i, momentNames[i], moment);
            slot.Steps = old.Steps;
        }
        Updates = former.Updates;
    }

    /// <summary>Forgets all gradients.</summary>
    public void ZeroGradients()
    {
        foreach (var slot in slots)
            slot.Value.grad = null;
    }

    /// <summary>Disposes the moments.</summary>
    public void Dispose()
    {
        foreach (var slot in slots)
            slot.Dispose();
        GC.SuppressFinalize(this);
    }
}
