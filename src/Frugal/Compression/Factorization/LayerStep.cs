using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Recipes;
using TorchSharp.Modules;

namespace Frugal.Compression;

/// <summary>A step that puts other layers in the place of chosen ones. All are made before the first is put in place, so that a failure leaves the model as it was.</summary>
public abstract class LayerStep : Step
{
    /// <summary>Patterns over the paths of layers, <c>*</c> standing for anything and <c>?</c> for one character; a layer must match one of them.</summary>
    public IReadOnlyList<string> Include { get; init => field = Patterns(value); } = ["*"];

    /// <summary>Patterns of layers that stay as they are.</summary>
    public IReadOnlyList<string> Exclude { get; init => field = Patterns(value); } = [];

    /// <summary>The layers that the patterns choose.</summary>
    private protected LayerSelection Selection => new(Include, Exclude);

    /// <summary>The same without the classifier, unless it is asked for.</summary>
    private protected LayerSelection SelectionIn(Model model, bool includeClassifier) =>
        !includeClassifier && ModuleSurgery.Find(model, model.ClassifierPath) is Linear ? new(Include, [.. Exclude, model.ClassifierPath]) : Selection;

    private static IReadOnlyList<string> Patterns(IReadOnlyList<string> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.All(pattern => !string.IsNullOrEmpty(pattern)) ? value : throw new ArgumentException("a pattern is empty", nameof(value));
    }
}
