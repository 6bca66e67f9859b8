using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Data.Transforms;
using Frugal.Layers;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Training.Clipping;
using Frugal.Training.Objectives;
using Frugal.Training.Optimizers;
using Frugal.Training.Schedules;

namespace Frugal.Training;

/// <summary>Trains the subject's model by back-propagation.</summary>
/// <remarks>
/// The loop, with every hook of the methods (<see cref="TrainingMethod"/>) and what it may change:
/// <code>
/// OnPrepare                                  copies the network as it is: teachers
/// OnBuild                                    modules
/// start optimiser and moving average
/// OnFitStart                                 optimiser groups, buffers, teachers
/// load the checkpoint, if there is one
/// for every epoch
///     for every batch
///         OnBatch                            inputs, targets, selection
///         for every part of the batch        (accumulation)
///             outputs = model(inputs)
///             OnForward                      reads outputs and activations
///             loss = objective(outputs, targets)
///             OnLoss                         terms of the loss
///             gradients += d loss
///         stop or skip if something is not finite
///         OnBackward                         gradients before clipping: masks
///         clip
///         OnGradients                        gradients after clipping: noise
///         BeforeStep                         learning rate
///         update the weights
///         AfterStep                          projects weights: masks
///         update the moving average
///         (after the last batch) OnEpochEnd  schedules, growth; then validate
///         checkpoint, if one is due
/// take the moving average as the weights
/// OnFitEnd, in reverse order                 removes scaffolding
/// (when anything fails) Undo, in reverse     puts back what OnBuild changed
/// Release, however it ends                   teachers, observers of layers
/// </code>
/// Methods act in the order of their phases (Data, Model, Loss, Gradient, Weight) and, within one, of what each says it comes after. Everything random is drawn
/// from streams that are named and numbered by the update, so that a resumed run gives the same bytes as one that was never interrupted.
/// </remarks>
[Entry("train")]
[Capabilities(NeedsData = true)]
public sealed class Train : Step
{
    private IReadOnlyList<TrainingMethod> plugged = [];

    /// <summary>The training examples that are used, e.g. <c>100</c> for the first hundred or <c>4000..14000</c>; null for all.</summary>
    public ExampleRange? Examples { get; init; }

    /// <summary>Passes over the training data; not used when <see cref="Updates"/> is set.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Epochs { get; init => field = Guard.Positive(value); } = 10;

    /// <summary>Optimiser updates in all; null to count in <see cref="Epochs"/>.</summary>
    [Range(1, long.MaxValue)]
    public long? Updates { get; init => field = value is { } count ? Guard.AtLeast(count, 1) : null; }

    /// <summary>Examples in an update. An epoch leaves out, at random, what does not fill a last batch.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <summary>Parts that a batch goes through the network in. Saves memory; without batch norm it changes the result by rounding only.</summary>
    [Range(1, 1_000_000)]
    public int Accumulation { get; init => field = Guard.Between(value, 1, 1_000_000); } = 1;

    /// <summary>The update rule, with its peak learning rate.</summary>
    public Optimizer Optimizer { get; init; } = new AdamW();

    /// <summary>How the learning rate moves.</summary>
    public Schedule Schedule { get; init; } = new Cosine();

    /// <summary>What is minimised.</summary>
    public Objective Objective { get; init; } = new CrossEntropy();

    /// <summary>What plugs into the loop.</summary>
    public IReadOnlyList<TrainingMethod> Methods { get => plugged; init => plugged = value; }

    /// <summary>How gradients are bounded; null leaves them alone.</summary>
    public Clip? Clip { get; init; }

    /// <summary>A moving average of the weights, which become the model's at the end; null for none.</summary>
    public Ema? Ema { get; init; }

    /// <summary>Names of parameters without weight decay, <c>*</c> standing for anything; null for biases, norms, positions and tokens.</summary>
    public IReadOnlyList<string>? NoDecay { get; init; }

    /// <summary>Factor on the learning rate from each layer group to the one below it, the head having 1 (as in BEiT); 1 for equal rates.</summary>
    [Range(0, 1, AboveLow = true)]
    public double LayerDecay { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 1;

    /// <summary>Augmentations of the training images, in this order.</summary>
    public IReadOnlyList<ImageTransform> Augment { get; init; } = [];

    /// <summary>Erases boxes of the normalised training images; null for none.</summary>
    public RandomErasing? RandomErasing { get; init; }

    /// <summary>Time between two checkpoints, where the subject has a folder; null to write one only when the run is interrupted.</summary>
    public Duration? CheckpointEvery { get; init; } = Duration.Epochs(1);

    /// <summary>What to do when a loss or a gradient is not finite.</summary>
    public NonFiniteAction OnNonFinite { get; init; } = NonFiniteAction.Stop;

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => Methods.SelectMany(method => method.LearnsFrom);

    /// <inheritdoc/>
    /// <exception cref="NonFiniteException">A loss, gradient or weight was not finite, and <see cref="OnNonFinite"/> is <c>stop</c>.</exception>
    /// <exception cref="OperationCanceledException">The subject's cancellation was asked for;</exception>
    /// <exception cref="FrugalException">The data does not fill a batch, methods exclude each other, or the checkpoint is of another recipe.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var locked = subject.Data.LockTest();
        using var before = new ModelWeights(subject.Model);
        var methods = MethodOrder.Of(Methods);
        try
        {
            using var loop = new TrainingLoop(this, subject, methods);
            MiscomputedConvolutions.Run(subject.Model, subject.Device, loop.Run);
        }
        catch
        {
            foreach (var method in methods.Reverse())
                method.Undo(subject);
            before.Restore();
            throw;
        }
        finally
        {
            foreach (var method in methods.Reverse())
                method.Release();
        }
        return subject;
    }

    /// <summary>The same training with more methods, for steps that train as a part of what they do.</summary>
    internal Train With(IEnumerable<TrainingMethod> more)
    {
        var train = (Train)MemberwiseClone();
        train.plugged = [.. plugged, .. more];
        return train;
    }

    /// <summary>Begins to optimise the parameters of a model, grouped by weight decay and layer, and those of its methods.</summary>
    internal OptimizerState StartOptimizer(Model model, IReadOnlyList<ParameterGroup> more) => Optimizer.Start([.. ParameterGroups.Of(model, NoDecay, LayerDecay), .. more]);
}
