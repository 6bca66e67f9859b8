using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>The options of an update rule. <see cref="Start"/> makes the object that holds its state for one set of parameters.</summary>
[CatalogueKind("optimizer", "optimizers")]
public abstract class Optimizer
{
    /// <summary>Peak learning rate; the schedule multiplies it.</summary>
    public abstract double Lr { get; init; }

    /// <summary>Begins to optimise these parameters.</summary>
    public abstract OptimizerState Start(IReadOnlyList<ParameterGroup> groups);
}
