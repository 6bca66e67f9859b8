using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression;

/// <summary>
/// Replaces linear layers and the activations behind them by products of random features (Sehanobish et al. 2024, SNNK, arXiv 2310.13225): out · features trained numbers instead of out · in. Train afterwards; then
/// <c>bundle-snnk</c> merges the layer behind each. Layers that no activation follows, or that would not shrink, stay as they are and are named.
/// </summary>
/// <remarks>The products estimate the arc-cosine kernel and not ReLU(Wx), and there is no bias: the step gives a start for training, not the same network.</remarks>
[Entry("snnk", Paper = "snnk")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["train", "bundle-snnk", "fit-snnk"], ChangesShapes = true, PackedForm = "snnk")]
public sealed class Snnk : LayerStep
{
    /// <summary>Random features of a layer, m; fewer than its inputs.</summary>
    [Range(1, 65_536)]
    [Shorthand]
    public long NumFeatures { get; init => field = Guard.Between(value, 1, 65_536); } = 64;

    /// <summary>Smallest value c that a product with the projection passes as; below 0 some negative ones pass.</summary>
    [Range(-1000, 1000)]
    public double Constant { get; init => field = Guard.Between(value, -1000, 1000); }

    /// <summary>Draws projections with orthogonal rows, whose estimates vary less.</summary>
    public bool IsOrthogonal { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer can be replaced; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        var layers = SelectionIn(model, includeClassifier: false).Of<Linear>(model);
        var replacements = new List<(string, Module)>();
        using (var scope = NewDisposeScope())
        using (new KeptRandomState())
        {
            var uses = new OutputUses(Graph.Capture(model, model.Example(1, subject.Device)));
            foreach (var ((path, linear), index) in layers.Select((layer, index) => (layer, index)))
            {
                if (FollowingActivation.Of(model, uses, path) is not { } activation)
                    Note(subject, $"'{path}' stays as it is: its output does not go into an activation layer alone");
                else if (NumFeatures >= linear.in_features)
                    Note(subject, $"'{path}' stays as it is: {NumFeatures} features are no fewer than its {linear.in_features} inputs");
                else
                    replacements.AddRange([(path, Layer(subject, linear, index)), (activation, Identity())]);
            }
        }
        if (replacements.Count == 0)
            throw new FrugalException($"snnk finds no layer to replace in {model.GetName()}: it takes linear layers with more than {NumFeatures} inputs and an activation layer behind them; look at include, exclude and num-features");
        ModuleSurgery.ReplaceAll(model, replacements);
        return subject;
    }

    private SnnkLinear Layer(Subject subject, Linear linear, int index)
    {
        using var generator = subject.Random.TorchAt("snnk", subject.History.Count, index);
        var layer = new SnnkLinear(linear.in_features, linear.out_features, NumFeatures, Constant, IsOrthogonal);
        layer.TakeFeaturesOf(linear.weight!, generator);
        return layer;
    }

    private static void Note(Subject subject, string text) => subject.Report(new RunEvent.Note($"snnk: {text}"));
}
