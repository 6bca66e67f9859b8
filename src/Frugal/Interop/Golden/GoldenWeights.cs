using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>A golden case's weights, as a checkpoint would hold them. The case stays the caller's.</summary>
internal sealed class GoldenWeights(GoldenFile file) : IWeights
{
    public string Path => file.Path;

    public IReadOnlyList<string> Names => file.Params;

    public bool TryGet(string name, [MaybeNullWhen(false)] out SafetensorsEntry entry) => file.TryGetParam(name, out entry);

    public Tensor Read(string name) => file.Param(name);

    public void Dispose()
    {
    }
}
