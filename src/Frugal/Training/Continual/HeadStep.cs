using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Continual;

/// <summary>Puts another classifier in the place of a model's own; the rest of the model stays as it is.</summary>
public abstract class HeadStep : Step
{
    /// <summary>Whether features are brought to mean 0 and deviation 1 over the training examples first, which stays so from then on.</summary>
    public bool Standardizes { get; init; } = true;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no classifier, or the data more than one label an example; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var locked = subject.Data.LockTest();
        var model = subject.Model;
        FrozenFeatures.HeadOf(model);
        ModuleSurgery.RequireReplaceable(model, model.ClassifierPath, typeof(TorchSharp.Modules.Sequential));
        using var seen = FrozenFeatures.Of(subject, subject.Data.Train);
        using var stream = new KeptRandomState();
        using var scope = NewDisposeScope();
        subject.Random.SeedTorch("head", subject.History.Count);
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        var features = seen.Inputs;
        if (Standardizes)
        {
            var standardize = Standardize.Of(features);
            using (no_grad())
                features = standardize.call(features);
            layers.Add(("standardize", standardize));
        }
        layers.AddRange(Make(features, model.NumClasses, subject));
        ModuleSurgery.Replace(model, model.ClassifierPath, Sequential(layers));
        return subject;
    }

    /// <summary>The layers from features to logits, by name.</summary>
    /// <param name="features">Features of the training examples, <c>[examples, features]</c>, without their labels.</param>
    /// <param name="numClasses">Number of classes.</param>
    /// <param name="subject">The subject, for its streams.</param>
    private protected abstract IEnumerable<(string Name, Module<Tensor, Tensor> Layer)> Make(Tensor features, int numClasses, Subject subject);
}
