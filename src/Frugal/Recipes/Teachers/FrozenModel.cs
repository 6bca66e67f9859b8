using Frugal.Layers;
using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Recipes;

/// <summary>A network that is only asked and never changed: in evaluation mode, without gradients.</summary>
public sealed class FrozenModel : IDisposable
{
    private readonly bool isOwned, wasTraining;

    /// <param name="model">The network.</param>
    /// <param name="isOwned">True when it is disposed with this object; otherwise it only gets its mode back.</param>
    public FrozenModel(Model model, bool isOwned = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        (Model, this.isOwned, wasTraining) = (model, isOwned, model.training);
        model.eval();
    }

    /// <summary>The network.</summary>
    public Model Model { get; }

    /// <summary>Its outputs, <c>[batch, classes]</c>, for inputs <c>[batch, channels, height, width]</c>.</summary>
    public Tensor Ask(Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var mode = no_grad();
        return MiscomputedConvolutions.Run(Model, inputs.device, () => Model.call(inputs));
    }

    /// <summary>Refuses a pupil that sees other images or tells other classes apart.</summary>
    /// <exception cref="FrugalException">Both numbers are in the message.</exception>
    public void RequireFits(Model student)
    {
        ArgumentNullException.ThrowIfNull(student);
        if (ReferenceEquals(Model, student))
            throw new FrugalException($"{student.GetName()} was given itself as its teacher, which would change with it; give a copy, or ask for the network before the step.");
        if (Model.NumClasses != student.NumClasses)
            throw new FrugalException(
                $"The teacher {Model.GetName()} tells {Model.NumClasses} classes apart and the student {student.GetName()} {student.NumClasses}; a teacher must have exactly the student's classes.");
        if (!Model.InputShape.SequenceEqual(student.InputShape))
            throw new FrugalException(
                $"The teacher {Model.GetName()} was built for inputs [{string.Join(", ", Model.InputShape)}] and the student {student.GetName()} for [{string.Join(", ", student.InputShape)}]; both must see the same.");
    }

    /// <summary>Disposes the network, or gives it back as it was.</summary>
    public void Dispose()
    {
        if (isOwned)
            Model.Dispose();
        else
            Model.train(wasTraining);
    }
}
