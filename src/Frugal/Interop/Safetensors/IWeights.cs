using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>Named tensors that are described at once and read one by one: a safetensors file, or several that belong together.</summary>
public interface IWeights : IDisposable
{
    /// <summary>Where they come from, for messages.</summary>
    string Path { get; }

    /// <summary>The tensors' names.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The description of one tensor, if there is one of that name.</summary>
    bool TryGet(string name, [MaybeNullWhen(false)] out SafetensorsEntry entry);

    /// <summary>Reads a tensor on the CPU; it belongs to the caller or the current dispose scope.</summary>
    /// <exception cref="FrugalException">There is no such tensor, libtorch has no such type, or the file could not be read.</exception>
    Tensor Read(string name);
}
