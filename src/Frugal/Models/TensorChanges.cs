using Frugal.Catalogue.Documents;
using Frugal.Interop;
using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Models;

/// <summary>
/// How the tensors of a model differ from its architecture's beyond the layers that were replaced: parameters of the program's own that have other sizes since channels were removed or copied, and
/// replaced layers that share one weight.
/// </summary>
/// <param name="Sizes">For each tensor its new sizes by dimension.</param>
/// <param name="Shared">For each parameter of a replaced layer that is another one's too, the name of that.</param>
internal sealed record TensorChanges(IReadOnlyDictionary<string, IReadOnlyDictionary<int, long>> Sizes, IReadOnlyDictionary<string, string> Shared)
{
    private const string SizesKey = "resized_tensors", SharedKey = "shared_tensors";

    public static TensorChanges None { get; } = new(new Dictionary<string, IReadOnlyDictionary<int, long>>(), new Dictionary<string, string>());

    /// <summary>What the configuration says of them; nothing where there is nothing to say.</summary>
    public IEnumerable<DocumentMember> Write()
    {
        if (Sizes.Count > 0)
        {
            yield return new(SizesKey, new DocumentMapping([.. Sizes.Select(tensor => new DocumentMember(
                tensor.Key, new DocumentMapping([.. tensor.Value.Select(size => new DocumentMember($"{size.Key}", DocumentScalar.OfNumber(size.Value)))])))]));
        }
        if (Shared.Count > 0)
            yield return new(SharedKey, new DocumentMapping([.. Shared.Select(pair => new DocumentMember(pair.Key, DocumentScalar.OfText(pair.Value)))]));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="FrugalException">It is not that.</exception>
    public static TensorChanges Read(DocumentMapping? own, string source)
    {
        if (own is null)
            return None;
        var sizes = (own[SizesKey] as DocumentMapping)?.Members.ToDictionary(tensor => tensor.Name, tensor => SizesOf(tensor, source)) ?? [];
        var shared = (own[SharedKey] as DocumentMapping)?.Members.ToDictionary(
            pair => pair.Name, pair => pair.Value is DocumentScalar name ? name.Text : throw new FrugalException($"{source}: {SharedKey} must name a tensor for {Refusal.Quote(pair.Name)}.")) ?? [];
        return new(sizes, shared);
    }

    /// <summary>Brings the tensors of a model that was built anew to these sizes, without their values, and lets layers share what they shared.</summary>
    /// <param name="model">The model, with its replaced layers.</param>
    /// <param name="weights">The weights that will be filled in, which bound the sizes.</param>
    /// <exception cref="FrugalException">There is no such tensor, or the weights have another size.</exception>
    public void Apply(Model model, IWeights weights)
    {
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        var tensors = model.state_dict();
        foreach (var (name, changes) in Sizes)
        {
            if (!tensors.TryGetValue(name, out var tensor) || changes.Keys.Any(dimension => dimension < 0 || dimension >= tensor.dim()))
                throw new FrugalException($"{weights.Path}: config.json gives other sizes to {Refusal.Quote(name)}, which the model does not have so.");
            if (!weights.TryGet(name, out var entry) || entry.Shape.Count != tensor.dim() || changes.Any(change => entry.Shape[change.Key] != change.Value))
                throw new FrugalException($"{weights.Path}: config.json and the weights contradict each other in the sizes of {Refusal.Quote(name)}.");
            tensor.set_(zeros([.. tensor.shape.Select((size, dimension) => changes.TryGetValue(dimension, out long changed) ? changed : size)], tensor.dtype, tensor.device));
        }
        foreach (var (name, first) in Shared)
        {
            if (OwnerOf(model, name) is not var (layer, own) || OwnerOf(model, first) is not var (holder, other) || holder.get_parameter(other) is not { } parameter
                || layer.get_parameter(own) is not { } replaced || !replaced.shape.SequenceEqual(parameter.shape))
                throw new FrugalException($"{weights.Path}: config.json says that {Refusal.Quote(name)} is {Refusal.Quote(first)}, which cannot be.");
            ResizableUnit.Share(layer, own, parameter);
        }
    }

    /// <summary>The layers among <paramref name="replaced"/> that use a parameter which another module uses too.</summary>
    public static IReadOnlyDictionary<string, string> SharedIn(Model model, IReadOnlyCollection<string> replaced)
    {
        var first = new Dictionary<nint, string>();
        var shared = new Dictionary<string, string>();
        foreach (var (path, module) in ModulePath.Walk(model).Prepend(("", model)))
        {
            foreach (var (name, parameter) in module.named_parameters(recurse: false))
            {
                string full = path.Length == 0 ? name : $"{path}.{name}";
                if (!first.TryAdd(parameter.Handle, full) && (replaced.Contains(path) || replaced.Contains(Owner(first[parameter.Handle]))))
                    shared[full] = first[parameter.Handle];
            }
        }
        return shared;
    }

    private static string Owner(string parameter) => parameter.LastIndexOf('.') is >= 0 and var dot ? parameter[..dot] : "";

    private static (Module Layer, string Name)? OwnerOf(Model model, string parameter)
    {
        string path = Owner(parameter);
        return ModulePath.Walk(model).Prepend(("", model)).FirstOrDefault(place => place.Item1 == path).Item2 is { } layer && (layer is TorchSharp.Modules.Linear or Convolution or TorchSharp.Modules.Embedding || path.Length == 0)
            ? (layer, parameter[(path.Length == 0 ? 0 : path.Length + 1)..])
            : null;
    }

    private static IReadOnlyDictionary<int, long> SizesOf(DocumentMember tensor, string source)
    {
        var sizes = new Dictionary<int, long>();
        foreach (var size in (tensor.Value as DocumentMapping)?.Members ?? [])
        {
            if (!int.TryParse(size.Name, out int dimension) || (size.Value as DocumentScalar)?.AsNumber is not { } number || !double.IsInteger(number) || number is < 1 or > int.MaxValue)
                throw new FrugalException($"{source}: {SizesKey} must give dimensions and their sizes for {Refusal.Quote(tensor.Name)}.");
            sizes[dimension] = (long)number;
        }
        return sizes;
    }
}
