using Frugal.Data;
using Frugal.Recipes;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training;

/// <summary>One training run in progress, as its methods see it.</summary>
public sealed class Fit
{
    private readonly List<ParameterGroup> adopted = [];

    /// <summary>The options of the run.</summary>
    public required Train Options { get; init; }

    /// <summary>The subject being trained.</summary>
    public required Subject Subject { get; init; }

    /// <summary>The update rule at work. Methods that rewire the network call <see cref="Rebuild"/>.</summary>
    public required OptimizerState Optimizer { get; set; }

    /// <summary>The examples that are trained on.</summary>
    public required Dataset Examples { get; init; }

    /// <summary>The part of the batch that goes through the network: what <see cref="TrainingMethod.OnForward"/> and <see cref="TrainingMethod.OnLoss"/> are called for.</summary>
    /// <exception cref="InvalidOperationException">Nothing goes through the network now.</exception>
    public Batch Part { get => field ?? throw new InvalidOperationException("No batch goes through the network now."); internal set; }

    /// <summary>Optimiser updates in an epoch.</summary>
    public required long UpdatesPerEpoch { get; init; }

    /// <summary>Optimiser updates in all.</summary>
    public required long TotalUpdates { get; init; }

    /// <summary>Epochs that the subject was trained for before this run.</summary>
    public int FirstEpoch { get; init; }

    /// <summary>Number of the current update, from 0; in <see cref="TrainingMethod.AfterStep"/> the update just made.</summary>
    public long Update { get; set; }

    /// <summary>Number of the current epoch, from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>Learning rate of the current update; methods may change it in <see cref="TrainingMethod.BeforeStep"/>.</summary>
    public double LearningRate { get; set; }

    /// <summary>Updates left out because something was not finite (see <see cref="Train.OnNonFinite"/>).</summary>
    public long Skipped { get; set; }

    /// <summary>The moving average of the weights, by the parameters' names; empty without <see cref="Train.Ema"/>.</summary>
    public IReadOnlyDictionary<string, Tensor> Averages => Average?.Values ?? new Dictionary<string, Tensor>();

    internal ModelWeights? Average { get; set; }

    /// <summary>The random stream with this name for the current update; the same whether the run was interrupted or not.</summary>
    public RandomStream RandomAt(string name) => Subject.Random.At(name, FirstEpoch, Update);

    /// <summary>A torch generator with this name for the current update; the caller disposes it.</summary>
    public Generator TorchRandomAt(string name) => Subject.Random.TorchAt(name, FirstEpoch, Update);

    /// <summary>
    /// Lets the optimiser update parameters of a method's own together with the model's. Called in <see cref="TrainingMethod.OnFitStart"/>; the method keeps them over a checkpoint.
    /// </summary>
    /// <param name="owner">Name of the method, which begins the parameters' names.</param>
    /// <param name="module">The module that holds them; its owner disposes it.</param>
    /// <param name="learningRateScale">Factor on the learning rate.</param>
    public void Adopt(string owner, Module module, double learningRateScale = 1)
    {
        ArgumentNullException.ThrowIfNull(module);
        adopted.AddRange(ParameterGroups.Of(
            module.named_parameters().Select(own => ($"{owner}.{own.name}", own.parameter)), Options.NoDecay, _ => learningRateScale));
        Restart();
    }

    /// <summary>
    /// Takes up a network that was rewired: parameters that are still there under their name with their shape keep their moments and averages, the others start afresh.
    /// </summary>
    public void Rebuild()
    {
        Restart();
        if (Average is not { } average)
            return;
        Average = new ModelWeights(Subject.Model);
        Average.Inherit(average);
        average.Dispose();
    }

    private void Restart()
    {
        var former = Optimizer;
        Optimizer = Options.StartOptimizer(Subject.Model, adopted);
        Optimizer.Inherit(former);
        former.Dispose();
    }
}
