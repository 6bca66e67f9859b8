using Frugal.Catalogue;
using Frugal.Compression;
using Frugal.Graphs;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Growth;

/// <summary>
/// Puts fresh Kolmogorov-Arnold layers in the place of linear layers, those of feed-forward blocks among them, and of convolutions if asked for (Yang et al. 2024, S-KAN and S-ConvKAN). An activation layer that alone takes
/// the output goes as well: the new layers are not linear by themselves. Train afterwards, with <c>kan-selection</c> to leave each node one family.
/// </summary>
[Entry("kan-layers", Paper = "s-kan")]
[Capabilities(WorksOn = ["Linear", "Conv2d"], CombinesWith = ["train", "kan-selection"], ChangesShapes = true, PackedForm = "kan")]
public sealed class KanLayers : LayerStep
{
    /// <summary>The families that nodes choose among, each once; one makes ordinary layers of that family.</summary>
    [Shorthand]
    public IReadOnlyList<KanFamily> Pool { get; init; } = [KanFamily.Bspline, KanFamily.Rbf, KanFamily.Chebyshev, KanFamily.Wavelet];

    /// <summary>Sum of a node's weights over its families, g; null for their number, with which each begins at 1.</summary>
    [Range(0, 1000, AboveLow = true)]
    public double? GateScale { get; init => field = value is { } scale ? Guard.Positive(Guard.Between(scale, 0, 1000)) : null; }

    /// <summary>Intervals of the spline grid on [-1, 1], G.</summary>
    [Range(1, 4096)]
    public int GridSize { get; init => field = Guard.Between(value, 1, 4096); } = 5;

    /// <summary>Order of the splines, k.</summary>
    [Range(0, 10)]
    public int SplineOrder { get; init => field = Guard.Between(value, 0, 10); } = 3;

    /// <summary>Centres of the radial functions on [-2, 2].</summary>
    [Range(2, 4096)]
    public int NumRbf { get; init => field = Guard.Between(value, 2, 4096); } = 8;

    /// <summary>Highest degree of the polynomials.</summary>
    [Range(1, 64)]
    public int Degree { get; init => field = Guard.Between(value, 1, 64); } = 4;

    /// <summary>The mother wavelet.</summary>
    public KanWavelet Wavelet { get; init; } = KanWavelet.MexicanHat;

    /// <summary>True for a batch norm without parameters, times ½, before the functions of each layer.</summary>
    public bool HasNorm { get; init; }

    /// <summary>Builds the authors' layer of the pool's one family in the place of linear layers, with its own norms and branches, which are not functions of single inputs and cannot choose.</summary>
    public bool AsPublished { get; init; }

    /// <summary>True when convolutions without groups are replaced as well.</summary>
    public bool IncludeConvolutions { get; init; }

    /// <summary>True when the classifier takes part as well.</summary>
    public bool IncludeClassifier { get; init; }

    /// <summary>Leaves the activation layers behind the new ones.</summary>
    public bool KeepActivations { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or the options contradict each other; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (AsPublished && (Pool.Count != 1 || IncludeConvolutions))
            throw new FrugalException("kan-layers builds the authors' layers for one family and linear layers only: give a pool of one without include-convolutions, or leave as-published out");
        var model = subject.Model;
        var layers = SelectionIn(model, IncludeClassifier).Of<Module>(model, module => module.GetType() == typeof(Linear) || IncludeConvolutions && module is Conv2d convolution && KanConv2d.Fits(convolution));
        if (layers.Count == 0)
            throw new FrugalException($"kan-layers finds no layer to replace in {model.GetName()}: it takes linear layers, the classifier and convolutions only if asked for (include-classifier, include-convolutions); look at include and exclude");
        using var stream = new KeptRandomState();
        subject.Random.SeedTorch("kan-layers", subject.History.Count);
        var made = new List<(string, Module)>();
        if (!KeepActivations)
        {
            using var scope = NewDisposeScope();
            var uses = new OutputUses(Graph.Capture(model, model.Example(1, subject.Device)));
            made.AddRange(layers.Select(layer => FollowingActivation.Of(model, uses, layer.Path)).OfType<string>().Distinct().Select(path => (path, (Module)Identity())));
        }
        ModuleSurgery.ReplaceAll(model, [.. layers.Select(layer => (layer.Path, Fresh(layer.Layer))), .. made]);
        return subject;
    }

    private Module Fresh(Module layer)
    {
        var options = new KanOptions(Pool, null, GateScale, GridSize, SplineOrder, NumRbf, Degree, Wavelet, HasBase: true, HasScaler: false, HasNorm, HasBias: true);
        if (layer is Conv2d convolution)
            return new KanConv2d(new(convolution.in_channels, convolution.kernel_size, convolution.stride, convolution.padding!, convolution.dilation), convolution.out_channels, options with { HasBias = convolution.bias is not null });
        var linear = (Linear)layer;
        options = options with { HasBias = linear.bias is not null };
        return AsPublished ? PublishedKan.Of(linear.in_features, linear.out_features, options) : new KanLinear(linear.in_features, linear.out_features, options);
    }
}
