using Frugal.Recipes;
using Frugal.Training.Optimizers;

namespace Frugal.Training;

/// <summary>One training run in progress, as its methods see it.</summary>
public sealed class Fit
{
    /// <summary>The options of the run.</summary>
    public required Train Options { get; init; }

    /// <summary>The subject being trained.</summary>
    public required Subject Subject { get; init; }

    /// <summary>The update rule at work. Methods that rewire the network replace it through <see cref="Train"/>'s rebuild.</summary>
    public required OptimizerState Optimizer { get; set; }

    /// <summary>Optimiser updates in an epoch.</summary>
    public required long UpdatesPerEpoch { get; init; }

    /// <summary>Optimiser updates in all.</summary>
    public required long TotalUpdates { get; init; }

    /// <summary>Number of the current update, from 0; in <see cref="TrainingMethod.AfterStep"/> the update just made.</summary>
    public long Update { get; set; }

    /// <summary>Number of the current epoch, from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>Learning rate of the current update; methods may change it in <see cref="TrainingMethod.BeforeStep"/>.</summary>
    public double LearningRate { get; set; }
}
