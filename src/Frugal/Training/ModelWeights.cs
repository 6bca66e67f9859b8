using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training;

/// <summary>A second set of values for everything that a module stores: parameters and buffers, by name.</summary>
internal sealed class ModelWeights : IDisposable
{
    private readonly Module module;
    private readonly SortedDictionary<string, Tensor> values = new(StringComparer.Ordinal);

    /// <summary>Copies what the module stores now.</summary>
    public ModelWeights(Module module)
    {
        this.module = module;
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in Stored(module))
            values[name] = tensor.detach().clone().DetachFromDisposeScope();
    }

    /// <summary>The values, not copies.</summary>
    public IReadOnlyDictionary<string, Tensor> Values => values;

    /// <summary>Moves floating-point values towards the module's: <c>e = d e + (1 - d) w</c>; the others are copied.</summary>
    public void Follow(double decay)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in Stored(module))
        {
            if (tensor.is_floating_point())
                values[name].mul_(decay).add_(tensor, alpha: 1 - decay);
            else
                values[name].copy_(tensor);
        }
    }

    /// <summary>Exchanges these values with the module's.</summary>
    public void Swap()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in Stored(module))
        {
            var held = tensor.detach().clone();
            tensor.copy_(values[name]);
            values[name].copy_(held);
        }
    }

    /// <summary>Gives the module these values. What was rewired meanwhile and no longer has its name or shape is left alone.</summary>
    public void Restore() => Copy(values, Stored(module));

    /// <summary>Takes over values of names and shapes that are here too.</summary>
    public void Inherit(ModelWeights former) => Copy(former.values, values.Select(pair => (pair.Key, pair.Value)));

    /// <summary>Takes what a file kept of these values.</summary>
    /// <exception cref="FrugalException">A name is missing or has another shape.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> kept)
    {
        foreach (var (name, value) in values)
            if (!kept.TryGetValue(name, out var saved) || !saved.shape.AsSpan().SequenceEqual(value.shape))
                throw new FrugalException($"The saved weights hold no {name} of shape [{string.Join(", ", value.shape)}]; they belong to another model.");
        Copy(kept, values.Select(pair => (pair.Key, pair.Value)));
    }

    private static void Copy(IReadOnlyDictionary<string, Tensor> from, IEnumerable<(string Name, Tensor Tensor)> to)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in to)
            if (from.TryGetValue(name, out var value) && value.shape.AsSpan().SequenceEqual(tensor.shape))
                tensor.copy_(value);
    }

    /// <summary>What a module stores; a tensor that appears under two names comes once.</summary>
    public static IEnumerable<(string Name, Tensor Tensor)> Stored(Module module)
    {
        var seen = new HashSet<IntPtr>();
        foreach (var (name, parameter) in module.named_parameters())
            if (seen.Add(parameter.Handle))
                yield return (name, parameter);
        foreach (var (name, buffer) in module.named_buffers())
            if (seen.Add(buffer.Handle))
                yield return (name, buffer);
    }

    public void Dispose()
    {
        foreach (var value in values.Values)
            value.Dispose();
    }
}
