using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Conv2d = TorchSharp.Modules.Conv2d;
using Linear = TorchSharp.Modules.Linear;

namespace Frugal.Compression;

/// <summary>
/// Rounds the weights of trained linear layers and convolutions to powers of two, ±1 to ±2^K times a scale of each output, without training: what DenseShift has to beat. The layers stay ordinary
/// ones, and can be trained on or packed.
/// </summary>
[Entry("shift-rounding", Paper = "denseshift")]
[Capabilities(WorksOn = ["Linear", "Conv2d"], CombinesWith = ["train"], PackedForm = "low-bit")]
public sealed class ShiftRounding : LayerStep
{
    /// <summary>Bits of a weight: 2 for ±1 and ±2, 3 for up to ±8, 4 for up to ±128, times the scale.</summary>
    [Range(2, 4)]
    [Shorthand]
    public int Bits { get; init => field = Guard.Between(value, 2, 4); } = 3;

    /// <summary>True when the first convolution takes part as well.</summary>
    public bool IncludeFirst { get; init; }

    /// <summary>True when the classifying layer takes part as well.</summary>
    public bool IncludeClassifier { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var mode = no_grad();
        var first = IncludeFirst ? null : subject.Model.modules().OfType<Convolution>().FirstOrDefault();
        var layers = SelectionIn(subject.Model, IncludeClassifier).Of<Module>(subject.Model, layer => layer is Linear or Conv2d).Where(layer => layer.Layer != first).ToList();
        if (layers.Count == 0)
            throw new FrugalException($"shift-rounding finds no layer in {subject.Model.GetName()}: the first convolution and the classifier take part only if asked for (include-first, include-classifier)");
        foreach (var (_, layer) in layers)
        {
            using var scope = NewDisposeScope();
            var weight = layer is Linear linear ? linear.weight! : ((Conv2d)layer).weight;
            weight.copy_(ShiftGrid.Nearest(weight.flatten(1), Bits).view_as(weight));
        }
        return subject;
    }
}
