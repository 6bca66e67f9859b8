using Frugal.Catalogue.Documents;
using Frugal.Graphs;
using Frugal.Interop;
using Frugal.Layers.Surgery;
using Frugal.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models;

/// <summary>
/// A network with timm's verbs: images <c>[batch, channels, height, width]</c> (<see cref="ImageModel"/>) or token ids <c>[batch, tokens]</c> (<see cref="Text.TextModel"/>) to logits.
/// Children that a method may want to replace are declared as <c>Module&lt;Tensor, Tensor&gt;</c> and run by <c>call</c>, so that surgery can put another
/// layer in their place and hooks see what passes.
/// </summary>
/// <remarks>
/// Convention for every forward pass here: a block opens a dispose scope of its own and hands out only its result, which then belongs to
/// the caller's scope. Nothing but the result outlives a call, with or without a scope around it.
/// </remarks>
public abstract class Model : Module<Tensor, Tensor>
{
    private Blueprint? original;

    /// <param name="config">What the network is built from, complete.</param>
    /// <param name="name">The architecture's short name.</param>
    protected Model(ModelConfig config, string name) : base(name)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Complete();
    }

    /// <summary>What the network was built from, complete, and kept true by <see cref="ResetClassifier"/>.</summary>
    public ModelConfig Config { get; private set; }

    /// <summary>Shape of one input: <c>[channels, height, width]</c> or <c>[tokens]</c>.</summary>
    public abstract IReadOnlyList<long> InputShape { get; }

    /// <summary>Type of the input's numbers.</summary>
    public virtual ScalarType InputType => ScalarType.Float32;

    /// <summary>The axes of the input whose length may change from call to call, beside the batch, e.g. the tokens of a text; none for images of one size.</summary>
    public virtual IReadOnlyList<DynamicLength> DynamicLengths => [];

    /// <summary>Number of classes; 0 when there is no classifier.</summary>
    public int NumClasses => Config.NumClasses!.Value;

    /// <summary>Path of the classifying layer, e.g. <c>fc</c> or <c>head</c>.</summary>
    public abstract string ClassifierPath { get; }

    /// <summary>Width of the pooled features that go into the classifier.</summary>
    public abstract long NumFeatures { get; }

    /// <summary>
    /// Paths of the modules and parameters from input to output, in groups of equal depth, for layer-wise learning-rate decay and freezing.
    /// The last group also holds whatever no path covers.
    /// </summary>
    public abstract IReadOnlyList<IReadOnlyList<string>> LayerGroups { get; }

    /// <summary>Number of layer groups.</summary>
    public int NumLayerGroups => LayerGroups.Count;

    /// <summary>The network up to, but not including, pooling and classifier.</summary>
    public abstract Tensor ForwardFeatures(Tensor input);

    /// <summary>Pooling and classifier; with <paramref name="preLogits"/> the pooled features <c>[batch, features]</c> before the classifier.</summary>
    public abstract Tensor ForwardHead(Tensor features, bool preLogits = false);

    /// <summary>An input of zeros, for asking what the network does with inputs of this shape.</summary>
    /// <param name="batch">Number of examples.</param>
    /// <param name="device">Where it is made; the CPU when null.</param>
    public Tensor Example(long batch, Device? device = null) => zeros([batch, .. InputShape], InputType, device ?? CPU);

    /// <summary>Group of a parameter: 0 for the stem, rising block by block, <see cref="NumLayerGroups"/> - 1 for the head.</summary>
    public int LayerGroupOf(string parameterName)
    {
        ArgumentNullException.ThrowIfNull(parameterName);
        var groups = LayerGroups;
        for (int group = 0; group < groups.Count; group++)
        {
            if (groups[group].Any(path => Covers(path, parameterName)))
                return group;
        }
        return groups.Count - 1;
    }

    /// <summary>Puts a freshly initialised classifier with another number of classes in place; 0 leaves the pooled features.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public void ResetClassifier(int numClasses)
    {
        var config = Config with { NumClasses = numClasses };
        long width = CurrentFeatures;
        // Once channels are gone from the features, the classifier is another one than the architecture's.
        var classifier = width == NumFeatures || numClasses == 0 ? CreateClassifier(numClasses) : Linear(width, numClasses);
        ModuleSurgery.Replace(this, ClassifierPath, classifier);
        if (width == NumFeatures)
            original?.Note(classifier, ClassifierPath);
        Config = config;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return ForwardHead(ForwardFeatures(input)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Makes a saved weight fit where its shape is not the model's, e.g. positions for another image size; null when it cannot, which is reported.
    /// </summary>
    /// <param name="name">Name of the weight.</param>
    /// <param name="saved">The weight as it was saved.</param>
    /// <param name="shape">The shape it must have.</param>
    protected internal virtual Tensor? AdaptWeight(string name, Tensor saved, IReadOnlyList<long> shape) => null;

    /// <summary>A classifier with fresh weights: a linear layer, or the identity for 0 classes.</summary>
    protected virtual Module<Tensor, Tensor> CreateClassifier(int numClasses) =>
        numClasses == 0 ? Identity() : Linear(NumFeatures, numClasses);

    /// <summary>Width of the pooled features by now: channel removal may have left fewer than the architecture has.</summary>
    internal long CurrentFeatures =>
        ClassifierPath.Length > 0 && ModuleSurgery.Find(this, ClassifierPath) is TorchSharp.Modules.Linear classifier ? classifier.in_features : NumFeatures;

    /// <summary>Paths of what is made for one task alone, and is fresh where a saved network gets another task.</summary>
    internal virtual IReadOnlyList<string> HeadPaths => [ClassifierPath];

    /// <summary>Whether a path is that of a head, or of something in one.</summary>
    internal bool IsOfHead(string path) => HeadPaths.Any(head => DottedPath.IsWithin(path, head));

    /// <summary>Path of the layer whose output is the sequence that the blocks take, and behind which a prompt can be put; empty where there is none.</summary>
    internal virtual string TokensPath => "";

    /// <summary>Paths of the layers whose outputs are the hidden states: what the embedding gives, and what each block gives.</summary>
    internal virtual IReadOnlyList<string> HiddenPaths => TokensPath.Length > 0 ? [TokensPath, .. ModelBlocks.Of(this)] : ModelBlocks.Of(this);

    /// <summary>Path of a layer that judges whole inputs while the network gives out something else, such as BERT's next sentence; empty where there is none.</summary>
    internal virtual string JudgePath => "";

    /// <summary>The weights of a file under the names and with the shapes that this network has.</summary>
    internal virtual IWeights Arranged(IWeights weights) => weights;

    /// <summary>A weight as a file has it.</summary>
    internal virtual Tensor Stored(string name, Tensor weight) => weight;

    /// <summary>Remembers the layers as the architecture has them; whatever differs when the model is saved was put there since.</summary>
    internal void RememberLayers() => original ??= new Blueprint(this);

    /// <summary>How its tensors differ from the architecture's beyond these layers.</summary>
    internal TensorChanges ChangesOf(IReadOnlyList<(string Path, DocumentMapping Description)> replaced) =>
        new(original!.Resized(this), TensorChanges.SharedIn(this, [.. replaced.Select(layer => layer.Path)]));

    /// <summary>The layers that are not the architecture's own, by path, each before those within it.</summary>
    /// <exception cref="FrugalException">One of them could not be rebuilt from a file.</exception>
    internal IReadOnlyList<(string Path, DocumentMapping Description)> ReplacedLayers()
    {
        if (original is null)
        {
            // Made by its constructor instead of by its config's Build: what it looked like is known from building another.
            using var generator = new KeptRandomState();
            using var fresh = Config.Build();
            original = fresh.original!;
        }
        return original.Replaced(this);
    }

    private static bool Covers(string path, string parameterName) =>
        parameterName.StartsWith(path, StringComparison.Ordinal) && (parameterName.Length == path.Length || parameterName[path.Length] == '.');
}
