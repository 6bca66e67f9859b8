using System.Collections;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>What an implementation computed for a golden case: names as in the file without <c>out.</c>, each once.</summary>
public sealed class GoldenOutputs : IEnumerable<KeyValuePair<string, Tensor>>
{
    private readonly Dictionary<string, Tensor> tensors = new(StringComparer.Ordinal);

    /// <summary>Sets or gets one result.</summary>
    /// <exception cref="KeyNotFoundException">Nothing was computed under that name.</exception>
    public Tensor this[string name]
    {
        get => tensors[name];
        set => tensors[name] = value;
    }

    /// <summary>Adds a result, for collection initialisers.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(string name, Tensor tensor) => tensors.Add(name, tensor);

    /// <summary>The result of that name, if it was computed.</summary>
    public bool TryGet(string name, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out Tensor tensor) => tensors.TryGetValue(name, out tensor);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, Tensor>> GetEnumerator() => tensors.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
