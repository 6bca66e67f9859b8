using Frugal.Compression.Packing;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Studies.Bench;

/// <summary>A network as libtorch runs it and packed, whichever of the two it was saved as; the other is made from it.</summary>
internal sealed class TwoForms : IDisposable
{
    private readonly IReadOnlyDictionary<string, string> packedPaths;

    private TwoForms(Model dense, Model? packed, IReadOnlyDictionary<string, string> packedPaths, IReadOnlyList<string> notes) =>
        (Dense, Packed, this.packedPaths, Notes) = (dense, packed, packedPaths, notes);

    /// <summary>As libtorch runs it.</summary>
    public Model Dense { get; }

    /// <summary>With packed layers, or null where none is worth it.</summary>
    public Model? Packed { get; }

    /// <summary>Which layers are packed and which are not, and why.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Takes over a network in evaluation mode.</summary>
    /// <param name="model">The network.</param>
    /// <param name="batchSizes">Batch sizes at which a packed form must be faster, where one is made.</param>
    public static TwoForms Of(Model model, IReadOnlyList<int> batchSizes) =>
        ModulePath.Walk(model).Any(child => child.Module is IOrdinaryForm and not PackedChainLayer) ? OfPacked(model) : OfDense(model, batchSizes);

    /// <summary>The packed form of a layer, or null. One that runs in one call with others is given alone, as its neighbours under other runtimes are.</summary>
    public Module<Tensor, Tensor>? PackedAt(string path) =>
        Packed is not null && packedPaths.TryGetValue(path, out string? there) ? ModuleSurgery.Find(Packed, there) as Module<Tensor, Tensor> : null;

    public void Dispose()
    {
        Dense.Dispose();
        Packed?.Dispose();
    }

    private static TwoForms OfPacked(Model packed)
    {
        var dense = ModelCopy.Of(packed);
        var layers = ModulePath.Walk(packed).ToList();
        var chains = layers.Where(child => child.Module is PackedChainLayer).ToList();
        var whole = layers.Where(child => child.Module is IOrdinaryForm && !chains.Any(chain => DottedPath.IsBelow(child.Path, chain.Path)));
        ModuleSurgery.ReplaceAll(dense, [.. whole.Select(child => (child.Path, (Module)((IOrdinaryForm)child.Module).Ordinary()))]);
        dense.eval();
        var paths = layers.Where(child => child.Module is IOrdinaryForm and not PackedChainLayer).ToDictionary(child => child.Path, child => child.Path);
        return new(dense, packed, paths, ["The network was saved packed; the other forms compute with the weights that its packed layers stand for."]);
    }

    private static TwoForms OfDense(Model dense, IReadOnlyList<int> batchSizes)
    {
        var packed = ModelCopy.Of(dense);
        using var scope = NewDisposeScope();
        var report = Packing.Pack(packed, dense.Example(1), batchSizes);
        var paths = report.Choices.Where(choice => choice.PackedPath is not null).ToDictionary(choice => choice.Path, choice => choice.PackedPath!);
        string[] notes =
        [
            report.ToString(),
            .. report.Choices.Where(choice => choice.Reason is not null).GroupBy(choice => choice.Reason).Select(alike =>
                $"{(alike.Count() == 1 ? alike.First().Path : $"{alike.Count()} layers, {alike.First().Path} the first,")} left unpacked: {alike.Key}"),
        ];
        if (paths.Count > 0)
            return new(dense, packed, paths, notes);
        packed.Dispose();
        return new(dense, null, paths, notes);
    }
}
