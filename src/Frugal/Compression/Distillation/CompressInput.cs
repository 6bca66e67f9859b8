using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Distillation;

/// <summary>
/// Lets a model see images as a picture codec would hand them over: through a cosine transform of 8x8 blocks, rounded to multiples of a step. What other ways of saving bytes between device and server are
/// to be better than.
/// </summary>
[Entry("compress-input", Paper = "entropic-student")]
[Capabilities(WorksOn = ["Conv2d", "Linear"], CombinesWith = ["measure-split"], ChangesShapes = true)]
public sealed class CompressInput : Step
{
    /// <summary>What coefficients are rounded to multiples of, in units of the normalised image; larger ones give fewer bytes.</summary>
    [Range(0, 1e6, AboveLow = true)]
    [Shorthand]
    public double QuantizerStep { get; init => field = Guard.Positive(Guard.Between(value, 0, 1e6)); } = 1;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model's first layer cannot be replaced; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        var (path, first) = LayerSelection.All.Of<Module<Tensor, Tensor>>(model, layer => layer is TorchSharp.Modules.Conv2d or TorchSharp.Modules.Linear)[0];
        if (first is not TorchSharp.Modules.Conv2d)
            throw new FrugalException($"compress-input acts on images, and the first layer '{path}' of {model.GetName()} is a linear one, which gets rows of numbers.");
        ModuleSurgery.Replace(model, path, Sequential(("codec", new DctCodec(model.InputShape[0], QuantizerStep)), ("layer", first)));
        return subject;
    }
}
