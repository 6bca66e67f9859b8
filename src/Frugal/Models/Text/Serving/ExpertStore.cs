using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>
/// The experts of a pre-gated model, which stay in its file until they are needed: an expert is loaded for all layers at once, in the background and layer by layer, so that the first layers compute while the later
/// ones are read.
/// </summary>
internal sealed class ExpertStore : IDisposable
{
    private readonly HuggingFaceFolder files;
    private readonly IWeights weights;
    private readonly (Device Device, ScalarType Type) place;
    private readonly IReadOnlyList<string> paths;
    private readonly IReadOnlyDictionary<(int Layer, int Expert), IReadOnlyList<string>> names;
    private readonly Dictionary<int, Task<IReadOnlyDictionary<string, Tensor>>[]> held = [];
    private Task reading = Task.CompletedTask;

    /// <summary>Takes the experts out of a model, so that it asks for them here.</summary>
    /// <param name="model">The model, as its folder has it.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="FrugalException">The model has no experts that are chosen before its layers run, or one is no dense block.</exception>
    public ExpertStore(TextModel model, string folder)
    {
        var layers = LayerSelection.All.Of<MixtureOfExperts>(model).Where(layer => layer.Layer.Router is PreGatedRouter).ToList();
        if (model.PreGating is null || layers.Count == 0)
            throw new FrugalException($"{folder} has no experts that are known before the layers run; read-me makes a model that has.");
        paths = [.. layers.Select(layer => layer.Path)];
        var all = layers.SelectMany((layer, i) => layer.Layer.Experts.Select((expert, number) => (Place: (i, number), Mixture: layer, Expert: expert))).ToList();
        names = all.ToDictionary(each => each.Place, each => NamesOf(each.Mixture.Path, each.Expert));
        ExpertBytes = all.Max(each => all.Where(other => other.Place.number == each.Place.number).Sum(other => other.Expert.parameters().Sum(weight => weight.numel() * weight.element_size())));
        var first = all[0].Expert.parameters().First();
        place = (first.device, first.dtype);
        files = HuggingFaceFolder.Open(folder);
        weights = model.Arranged(files.Weights);
        ModuleSurgery.ReplaceAll(model, [.. all.Select(each => ($"{each.Mixture.Path}.experts.{each.Place.number}", (nn.Module)new StoredExpert(this, each.Place, each.Mixture.Layer.Activation)))]);
    }

    /// <summary>Bytes of the largest expert in all layers together.</summary>
    public long ExpertBytes { get; }

    /// <summary>Bytes of the experts in memory now, or on their way.</summary>
    public long HeldBytes => held.Count * ExpertBytes;

    /// <summary>Begins to load experts: the first layer of each, then the second of each, and so on.</summary>
    public void Load(IReadOnlyList<int> experts)
    {
        foreach (int expert in experts)
            held[expert] = new Task<IReadOnlyDictionary<string, Tensor>>[paths.Count];
        for (int layer = 0; layer < paths.Count; layer++)
            foreach (int expert in experts)
            {
                var wanted = (layer, expert);
                // One lane: a file is read from its front to its end, and a failure belongs to the part that could not be read.
                var part = reading.ContinueWith(_ => Read(wanted), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                held[expert][layer] = part;
                reading = part;
            }
    }

    /// <summary>Lets an expert go.</summary>
    public void Drop(int expert)
    {
        if (!held.Remove(expert, out var parts))
            return;
        // What could not be read has nothing to free; whoever waited for it was told.
        foreach (var tensor in parts.Where(part => part.ContinueWith(done => done.IsCompletedSuccessfully, TaskScheduler.Default).Result).SelectMany(part => part.Result.Values))
            tensor.Dispose();
    }

    /// <summary>The weights of an expert in a layer, by their names in it, as soon as they are there.</summary>
    /// <exception cref="FrugalException">The expert was not loaded, or could not be.</exception>
    public IReadOnlyDictionary<string, Tensor> Wait((int Layer, int Expert) wanted) => held.TryGetValue(wanted.Expert, out var parts)
        ? parts[wanted.Layer].GetAwaiter().GetResult()
        : throw new FrugalException($"The expert {wanted.Expert} of {paths[wanted.Layer]} is in the file and was not loaded: a model whose experts are stored runs through its server alone.");

    public void Dispose()
    {
        foreach (int expert in held.Keys.ToList())
            Drop(expert);
        weights.Dispose();
        files.Dispose();
    }

    private IReadOnlyDictionary<string, Tensor> Read((int Layer, int Expert) wanted)
    {
        using var scope = NewDisposeScope();
        return names[wanted].ToDictionary(name => name, name => weights.Read($"{paths[wanted.Layer]}.experts.{wanted.Expert}.{name}").to(place.Type, place.Device).DetachFromDisposeScope());
    }

    private static IReadOnlyList<string> NamesOf(string path, nn.Module expert) => expert is FeedForward or GatedFeedForward && expert.children().Where(child => child.parameters().Any()).All(child => child is TorchSharp.Modules.Linear)
        ? [.. expert.named_parameters().Select(own => own.name)]
        : throw new FrugalException($"The experts of '{path}' are no dense blocks any more, e.g. packed or of low rank; serve the model before they are replaced.");
}
