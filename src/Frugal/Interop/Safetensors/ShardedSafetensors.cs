using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>
/// A model split over several safetensors files, with <c>model.safetensors.index.json</c> to say which tensor is where. The index is data from a stranger:
/// its file names may not leave its folder, and every tensor it names must be in the file it says.
/// </summary>
public sealed class ShardedSafetensors : IWeights
{
    private readonly Dictionary<string, SafetensorsFile> shards;
    private readonly Dictionary<string, string> shardOf;

    private ShardedSafetensors(string path, Dictionary<string, string> shardOf, Dictionary<string, SafetensorsFile> shards)
    {
        Path = path;
        this.shardOf = shardOf;
        this.shards = shards;
        Names = [.. shardOf.Keys];
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>The tensors' names in the order of the index.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Opens the index and every file that it names.</summary>
    /// <param name="indexPath">The index, usually <c>model.safetensors.index.json</c>.</param>
    /// <param name="limits">What index and files may ask for; <see cref="ReadLimits.Untrusted"/> by default.</param>
    /// <exception cref="FrugalException">The index or a file is not valid, a name leads out of the folder, or a tensor is not where the index says.</exception>
    public static ShardedSafetensors Open(string indexPath, ReadLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(indexPath);
        limits ??= ReadLimits.Untrusted;
        var shardOf = SafetensorsIndex.Read(indexPath, limits);
        var shards = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        var weights = new ShardedSafetensors(indexPath, shardOf, shards);
        try
        {
            var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(indexPath))!;
            foreach (var shard in shardOf.Values.Distinct(StringComparer.Ordinal))
                shards.Add(shard, SafetensorsFile.Open(ContainedPath.ToFile(folder, shard, limits), limits));
            foreach (var (name, shard) in shardOf)
                if (!shards[shard].TryGet(name, out _))
                    throw new FrugalException($"{indexPath} says that tensor {Refusal.Quote(name)} is in {shard}, but it is not; the files do not belong together.");
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool TryGet(string name, [MaybeNullWhen(false)] out SafetensorsEntry entry)
    {
        entry = null;
        return shardOf.TryGetValue(name, out var shard) && shards[shard].TryGet(name, out entry);
    }

    /// <inheritdoc/>
    public Tensor Read(string name) => shardOf.TryGetValue(name, out var shard)
        ? shards[shard].Read(name)
        : throw new FrugalException($"{Path} names no tensor {Refusal.Quote(name)}.");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in shards.Values)
            shard.Dispose();
    }
}
