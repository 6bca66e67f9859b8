using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Studies.Results;

/// <summary>How much of a weight is zero.</summary>
/// <param name="Name">Name of the weight, e.g. <c>fc1.weight</c>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="NonZero">Number of entries that are not zero.</param>
public sealed record LayerSparsity(string Name, IReadOnlyList<long> Shape, long NonZero)
{
    /// <summary>Number of entries.</summary>
    public long Count => Shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>Share of the entries that are zero.</summary>
    public double Sparsity => Count == 0 ? 0 : 1 - (double)NonZero / Count;

    /// <summary>The weights of a model with two dimensions or more; biases and norms are left out, as sparsity has no meaning there.</summary>
    public static IReadOnlyList<LayerSparsity> Of(Model model)
    {
        using var scope = NewDisposeScope();
        return [.. model.named_parameters()
            .Where(parameter => parameter.parameter.dim() >= 2)
            .Select(parameter => new LayerSparsity(parameter.name, parameter.parameter.shape, parameter.parameter.count_nonzero().item<long>()))];
    }
}
