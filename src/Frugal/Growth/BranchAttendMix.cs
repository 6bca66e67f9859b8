using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Native;
using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Growth;

/// <summary>
/// Merges models that were branched from one seed and trained apart into one mixture (Zhang et al. 2024, Branch-Attend-Mix, arXiv 2408.08274): their feed-forward blocks become experts of which a router chooses one,
/// their attention layers become experts that all count by a softmax, and whatever is left (norms, embeddings, head) is the mean of all. The subject's own model is the first expert. Train the mixture on all domains
/// afterwards.
/// </summary>
/// <remarks>
/// A chosen feed-forward expert counts its probability, as in the paper, so that even a mixture of equal models does not compute what one of them does; with <see cref="NormalizesTopK"/> it does.
/// </remarks>
[Entry("bam", Paper = "bam")]
[Capabilities(WorksOn = ["feed-forward block", "causal attention"], CombinesWith = ["train", "measure-experts", "go-on-from"], ChangesShapes = true)]
public sealed class BranchAttendMix : Step
{
    /// <summary>Where the other models come from: finished arms of the same study, or folders of saved models. None leaves a mixture of one.</summary>
    public IReadOnlyList<Teacher> Models { get; init; } = [];

    /// <summary>What becomes of attention layers.</summary>
    public MergedAttention Attention { get; init; } = MergedAttention.Experts;

    /// <summary>What an attention expert counts: the softmax over all (the paper finds that routers which leave some out lose most of the gain).</summary>
    public Router AttentionRouter { get; init; } = new SoftRouter();

    /// <summary>Feed-forward experts of a token.</summary>
    [Range(1, 4096)]
    public int TopK { get; init => field = Guard.Between(value, 1, 4096); } = 1;

    /// <summary>Whether the probabilities of the chosen feed-forward experts are divided by their sum, so that they add up to 1.</summary>
    public bool NormalizesTopK { get; init; }

    /// <summary>Factor α of the loss that keeps the feed-forward experts' loads even.</summary>
    [Range(0, 1e6)]
    public double BalanceWeight { get; init => field = Guard.Between(value, 0, 1e6); } = 0.01;

    /// <summary>Factor β of the loss that keeps the logits of the feed-forward gates small.</summary>
    [Range(0, 1e6)]
    public double ZWeight { get; init => field = Guard.Between(value, 0, 1e6); } = 0.001;

    /// <summary>Standard deviation of the gates' weights at the start.</summary>
    [Range(0, 1000)]
    public double GateDeviation { get; init => field = Guard.Between(value, 0, 1000); } = 0.02;

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => Models;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The models differ in more than the values of their weights, they have no block that could be an expert, or more experts are asked for than there are models; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var opened = new List<FrozenModel>();
        try
        {
            foreach (var model in Models)
                opened.Add(model.Open(subject));
            Merge([subject.Model, .. opened.Select(model => model.Model)], subject.Random, subject.History.Count);
        }
        finally
        {
            opened.ForEach(model => model.Dispose());
        }
        return subject;
    }

    /// <summary>Merges models into the first of them.</summary>
    /// <param name="models">The models.</param>
    /// <param name="streams">Where the gates' weights come from.</param>
    /// <param name="at">Counter of these streams.</param>
    internal void Merge(IReadOnlyList<Model> models, RandomStreams streams, long at)
    {
        new TopKRouter { K = TopK }.Require(models.Count);
        RequireAlike(models);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var random = new KeptRandomState();
        var made = new List<(string Path, Module Replacement)>();
        try
        {
            var blocks = models.Select(model => FeedForwardBlock.In(model, LayerSelection.All)).ToList();
            for (int i = 0; i < blocks[0].Count; i++)
            {
                using var generator = streams.TorchAt("bam feed-forward", at, i);
                made.AddRange(blocks[0][i].Replacements(FeedForward([.. blocks.Select(all => all[i])], generator)));
            }
            if (Attention != MergedAttention.Average)
                foreach (var (index, path) in AttentionPaths(models[0]).Index())
                {
                    using var generator = streams.TorchAt("bam attention", at, index);
                    made.Add((path, MergeAttention([.. models.Select(model => (RotaryAttention)ModuleSurgery.Find(model, path))], generator)));
                }
            var means = Means(models, [.. made.Select(each => each.Path)]);
            foreach (var (own, mean) in means)
                own.copy_(mean);
            // Last, since what was made is thrown away where anything fails.
            ModuleSurgery.ReplaceAll(models[0], made);
        }
        catch
        {
            made.ForEach(each => each.Replacement.Dispose());
            throw;
        }
    }

    private MixtureOfExperts FeedForward(IReadOnlyList<FeedForwardBlock> blocks, Generator generator)
    {
        var first = blocks[0];
        bool hasBias = first.RequireBias();
        var router = new TopKRouter { K = TopK, Weights = NormalizesTopK ? ExpertWeights.Normalized : ExpertWeights.Probability };
        var mixture = new MixtureOfExperts(
            first.Dim, first.HiddenDim, blocks.Count, router, activation: first.Activation, isGated: first.Gate is not null, hasBias: hasBias, dropRate: first.DropRate, balanceWeight: BalanceWeight, zWeight: ZWeight);
        mixture.get_parameter("gate.weight")!.normal_(0, GateDeviation, generator);
        for (int expert = 0; expert < blocks.Count; expert++)
            ModuleSurgery.Replace(mixture, $"experts.{expert}", blocks[expert].Copy());
        return mixture;
    }

    private MixtureOfAttention MergeAttention(IReadOnlyList<RotaryAttention> layers, Generator generator)
    {
        var shape = layers[0].Shape;
        bool shares = Attention == MergedAttention.SharedKeyValues;
        var mixture = new MixtureOfAttention(
            shape.Dim, shape.NumHeads, shape.KeyValueHeads, shape.HeadDim, layers.Count, shares, AttentionRouter, shape.HasBias, shape.DropRate, shape.RotaryTheta);
        var own = mixture.state_dict();
        own["gate.weight"].normal_(0, GateDeviation, generator);
        var given = layers.Select(layer => layer.state_dict()).ToList();
        foreach (string name in given[0].Keys)
            if (own.TryGetValue(name, out var shared))
                shared.copy_(Mean(given.Select(weights => weights[name])));
            else
                for (int expert = 0; expert < layers.Count; expert++)
                    own[$"experts.{expert}.{name}"].copy_(given[expert][name]);
        return mixture;
    }

    // What no expert holds: norms, embeddings, head, and averaged attention.
    private static List<(Tensor Own, Tensor Mean)> Means(IReadOnlyList<Model> models, IReadOnlyList<string> replaced)
    {
        var states = models.Select(model => model.state_dict()).ToList();
        return [.. states[0].Where(own => own.Value.is_floating_point() && !replaced.Any(path => DottedPath.IsBelow(own.Key, path)))
            .Select(own => (own.Value, Mean(states.Select(state => state[own.Key]))))];
    }

    private static Tensor Mean(IEnumerable<Tensor> values) => stack([.. values.Select(value => value.to(float64).cpu())]).mean([0]);

    private static IReadOnlyList<string> AttentionPaths(Model model) => ModulePath.Walk(model).Where(each => each.Module is RotaryAttention).Select(each => each.Path).ToList() is { Count: > 0 } found
        ? found
        : throw new FrugalException($"bam finds no attention in {model.GetName()} that could be an expert: only that of decoders with rotary positions can (llama, parallel-decoder); attention: average averages what there is");

    private static void RequireAlike(IReadOnlyList<Model> models)
    {
        var first = models[0].state_dict().ToDictionary(own => own.Key, own => own.Value.shape);
        foreach (var (number, other) in models.Index().Skip(1))
        {
            var shapes = other.state_dict().ToDictionary(own => own.Key, own => own.Value.shape);
            if (first.Keys.Concat(shapes.Keys).FirstOrDefault(name => !first.TryGetValue(name, out long[]? one) || !shapes.TryGetValue(name, out long[]? two) || !one.SequenceEqual(two)) is { } differs)
                throw new FrugalException(
                    $"bam merges models branched from one seed, and number {number + 1} differs from the first in {differs}: {Shape(shapes, differs)} instead of {Shape(first, differs)}");
        }

        static string Shape(Dictionary<string, long[]> shapes, string name) => shapes.TryGetValue(name, out long[]? shape) ? $"[{string.Join(", ", shape)}]" : "none";
    }
}
