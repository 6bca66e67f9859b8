using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Conv2d = TorchSharp.Modules.Conv2d;
using Linear = TorchSharp.Modules.Linear;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training.Methods.Shift;

/// <summary>
/// Trains linear layers and convolutions with weights that are powers of two without a zero, in 2 to 4 bits, from random signs (Li et al. 2022, DenseShift, arXiv 2208.09708). The first convolution and
/// the classifier stay in floating point.
/// </summary>
/// <remarks>
/// The trained weights of the layers that it replaces are dropped; layers that are shift layers already go on with their latent numbers, as when a trained network gets another classifier.
/// A shift layer has no scale, so a normalisation must follow: where none does, one is added. Measures how many signs and weights end as they began (<c>unchanged-signs</c>,
/// <c>unchanged-weights</c>, and <c>unchanged-signs-last</c> for the last layer): half of the signs would by chance.
/// </remarks>
[Entry("denseshift", Paper = "denseshift")]
[Capabilities(WorksOn = ["Linear", "Conv2d"], CombinesWith = ["gradient-noise", "lamb"], ChangesShapes = true, PackedForm = "low-bit")]
public sealed class DenseShift : TrainingMethod
{
    private readonly List<ShiftedLayer> layers = [];
    private LayerExchange? exchange;

    /// <summary>Bits of a weight: 2 for ±1 and ±2, 3 for up to ±8, 4 for up to ±128.</summary>
    [Range(2, 4)]
    [Shorthand]
    public int Bits { get; init => field = Guard.Between(value, 2, 4); } = 3;

    /// <summary>Standard deviation of the latent numbers at the start; large ones hardly change their signs.</summary>
    [Range(0, 1000, AboveLow = true)]
    public double InitialStd { get; init => field = Guard.Positive(Guard.Between(value, 0, 1000)); } = ShiftLatents.InitialStd;

    /// <summary>Patterns over the paths of layers, <c>*</c> standing for anything; a layer must match one of them.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Patterns of layers that stay as they are.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>True when the first convolution takes part as well.</summary>
    public bool IncludeFirst { get; init; }

    /// <summary>True when the classifying layer takes part as well.</summary>
    public bool IncludeClassifier { get; init; }

    /// <summary>Adds a normalisation behind each replaced layer that has none: batch norm behind a convolution, layer norm behind a linear layer.</summary>
    public bool AddsNorms { get; init; } = true;

    /// <summary>Keeps the latent numbers after training, to train on; otherwise weights are left as codes of n bits.</summary>
    public bool KeepsLatents { get; init; }

    /// <inheritdoc/>
    public override Phase Phase => Phase.Model;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => layers.SelectMany(layer => layer.Module.named_parameters().Where(own => own.name != "bias").Select(own => $"mask of {layer.Path}.{own.name}"));

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or one cannot be replaced; the model is as before.</exception>
    public override void OnBuild(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var chosen = Chosen(subject);
        var normed = AddsNorms ? FollowingNorms.In(subject.Model) : null;
        using var generator = subject.Random.TorchAt("denseshift", subject.History.Count);
        using var stream = new KeptRandomState();
        exchange = new(subject.Model, [.. chosen.Where(layer => layer.Layer is not IDenseShiftLayer).Select(layer => (layer.Path, Replacement(layer.Layer, normed?.Contains(layer.Path) ?? true, generator)))]);
    }

    /// <inheritdoc/>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        Forget();
        layers.AddRange(ModulePath.Walk(fit.Subject.Model).Where(module => module.Module is IDenseShiftLayer).Select(module => new ShiftedLayer(module.Path, module.Module)));
    }

    /// <inheritdoc/>
    public override void OnFitEnd(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        ShiftedLayer.Measure(layers, fit.Subject.Metrics);
        if (!KeepsLatents)
            ModuleSurgery.ReplaceAll(fit.Subject.Model, [.. layers.Select(layer => (layer.Path, (Module)layer.Shift.Coded()))]);
        exchange?.Settle();
        exchange = null;
        Forget();
    }

    /// <inheritdoc/>
    public override void Undo(Subject subject)
    {
        Forget();
        exchange?.Undo();
        exchange = null;
    }

    // What the layers began with follows from the model and the seed, so that a resumed run finds it again.
    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }

    private List<SelectedLayer<Module>> Chosen(Subject subject)
    {
        var model = subject.Model;
        var spared = new HashSet<Module>(ReferenceEqualityComparer.Instance);
        if (!IncludeFirst && model.modules().OfType<Convolution>().FirstOrDefault() is { } first)
            spared.Add(first);
        if (!IncludeClassifier)
            spared.Add(ModuleSurgery.Find(model, model.ClassifierPath));
        var chosen = new LayerSelection(Include, Exclude).Of<Module>(model, module => module is Linear or IDenseShiftLayer || module is Conv2d convolution && Conv2dLayer.Fits(convolution))
            .Where(layer => !spared.Contains(layer.Layer)).ToList();
        return chosen.Count > 0
            ? chosen
            : throw new FrugalException($"denseshift finds no layer in {model.GetName()}: it takes linear layers and convolutions that match include; the first convolution and the classifier only if asked for (include-first, include-classifier)");
    }

    private Module Replacement(Module dense, bool isNormed, Generator generator)
    {
        var layer = dense is Linear linear ? DenseShiftLinear.Like(linear, Bits) : (Layer)DenseShiftConv2d.Like((Conv2d)dense, Bits);
        ((IDenseShiftLayer)layer).Draw(InitialStd, generator);
        if (isNormed)
            return layer;
        Module<Tensor, Tensor> norm = layer is DenseShiftLinear wide ? LayerNorm(wide.OutFeatures) : BatchNorm2d(((DenseShiftConv2d)layer).OutChannels);
        return Sequential(("shift", layer), ("norm", norm));
    }

    private void Forget()
    {
        layers.ForEach(layer => layer.Dispose());
        layers.Clear();
    }
}
