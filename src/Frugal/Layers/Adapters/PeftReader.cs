using Frugal.Interop;
using Frugal.Layers.Surgery;
using Frugal.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Puts an adapter from a file into a network: everything is checked before anything changes.</summary>
/// <param name="root">The network.</param>
/// <param name="config">How the adapter computes.</param>
/// <param name="weights">Its weights.</param>
internal sealed class PeftReader(Module root, PeftConfig config, IWeights weights)
{
    private const string A = ".lora_A.weight", B = ".lora_B.weight";

    private readonly Dictionary<string, Tensor> own = root.named_parameters().Select(own => (own.name, Tensor: (Tensor)own.parameter)).Concat(root.named_buffers().Select(own => (own.name, Tensor: own.buffer)))
        .ToDictionary(own => own.name, own => own.Tensor, StringComparer.Ordinal);

    /// <exception cref="FrugalException">A tensor has no place in the network; the network is as before.</exception>
    public IReadOnlyList<string> Load()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layers = Named(A).Union(Named(B)).ToList();
        var whole = weights.Names.Where(name => !name.EndsWith(A, StringComparison.Ordinal) && !name.EndsWith(B, StringComparison.Ordinal)).ToDictionary(name => name, PlaceOf);
        if (layers.Count == 0)
            throw new FrugalException($"{weights.Path} holds no adapter: no name ends in {A}.");
        using var stream = new KeptRandomState();
        var adapters = layers.Select(path => (path, (Module)Adapter(path))).ToList();
        foreach (var (path, adapter) in adapters)
            ModuleSurgery.RequireReplaceable(root, path, adapter.GetType());
        foreach (var (name, place) in whole)
            place.copy_(weights.Read(name));
        ModuleSurgery.ReplaceAll(root, adapters);
        return layers;
    }

    private IEnumerable<string> Named(string suffix) => weights.Names.Where(name => name.EndsWith(suffix, StringComparison.Ordinal)).Select(name => WithoutPrefix(name)[..^suffix.Length]);

    private string WithoutPrefix(string name) => name.StartsWith(PeftFolder.Prefix, StringComparison.Ordinal)
        ? name[PeftFolder.Prefix.Length..]
        : throw new FrugalException($"{weights.Path}: {Refusal.Quote(name)} does not begin with {PeftFolder.Prefix}, as names of the PEFT library do.");

    private LoraLinear Adapter(string path)
    {
        var (a, b) = (weights.Read($"{PeftFolder.Prefix}{path}{A}"), weights.Read($"{PeftFolder.Prefix}{path}{B}"));
        var linear = ModuleSurgery.Find(root, path) switch
        {
            Linear layer => layer,
            LoraLinear adapted => adapted.Base,
            var other => throw new FrugalException($"{weights.Path} has an adapter for '{path}', which is a {other.GetName()} and no linear layer."),
        };
        if (a.dim() != 2 || b.dim() != 2 || a.shape[0] != b.shape[1] || a.shape[1] != linear.in_features || b.shape[0] != linear.out_features || a.shape[0] < 1)
            throw new FrugalException(
                $"{weights.Path}: the adapter of '{path}' has A [{string.Join(", ", a.shape)}] and B [{string.Join(", ", b.shape)}], which must be [rank, {linear.in_features}] and [{linear.out_features}, rank].");
        var wrapped = LoraLinear.Around(linear, a.shape[0], config.AlphaOf(path, a.shape[0]), config.DropRate);
        wrapped.A.copy_(a);
        wrapped.B.copy_(b);
        return wrapped;
    }

    private Tensor PlaceOf(string name)
    {
        if (!own.TryGetValue(WithoutPrefix(name), out var place))
            throw new FrugalException($"{weights.Path}: {Refusal.Quote(name)} is neither part of a LoRA adapter nor a weight of the network.");
        return weights.TryGet(name, out var entry) && entry.Shape.SequenceEqual(place.shape)
            ? place
            : throw new FrugalException($"{weights.Path}: {Refusal.Quote(name)} has shape [{string.Join(", ", entry!.Shape)}], and the network's has [{string.Join(", ", place.shape)}].");
    }
}
