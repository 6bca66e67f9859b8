using Frugal.Catalogue;
using Frugal.Recipes;
using Frugal.Training.Optimizers;
using Frugal.Training.Schedules;

namespace Frugal.Training;

/// <summary>Trains the subject's model by back-propagation.</summary>
[Entry("train")]
public sealed class Train : Step
{
    /// <inheritdoc/>
    public override Subject Apply(Subject subject) => throw new FrugalException("Training is being written.");
}
