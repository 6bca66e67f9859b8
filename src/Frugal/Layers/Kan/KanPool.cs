using Frugal.Catalogue;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>Checks of the families that a layer is given, and the choice among them by gates.</summary>
internal static class KanPool
{
    /// <summary>A family for each input; a shorter list is repeated.</summary>
    /// <exception cref="FrugalException">The list is longer.</exception>
    public static IReadOnlyList<KanFamily> Repeated(IReadOnlyList<KanFamily> families, long count) => families.Count <= count
        ? [.. Enumerable.Range(0, (int)count).Select(i => families[i % families.Count])]
        : throw new FrugalException($"families are given for {families.Count} inputs, and there are {count}");

    /// <summary>A pool, which holds each family once.</summary>
    /// <exception cref="FrugalException">One is there twice.</exception>
    public static IReadOnlyList<KanFamily> Distinct(IReadOnlyList<KanFamily> pool) => pool.Distinct().Count() == pool.Count
        ? [.. pool]
        : throw new FrugalException($"a pool holds each family once, got {string.Join(", ", pool.Select(family => KebabCase.Of(family.ToString())))}");

    /// <summary>Options of the layer that is left of another one when each input has its family.</summary>
    public static KanOptions OptionsOf(KanLayer layer, IReadOnlyList<KanFamily> families) => new(
        null, families, layer.GateScale, layer.GridSize, layer.SplineOrder, layer.NumRbf, layer.Degree, layer.Wavelet, layer.HasBase, HasScaler: false, layer.HasNorm, layer.HasBias);

    /// <summary>Place of the largest gate of each input, the first of equal ones, which argmax does not promise: <c>[inputs]</c>.</summary>
    public static Tensor FirstLargest(Tensor gates)
    {
        using var scope = NewDisposeScope();
        var places = arange(gates.shape[1], dtype: int64, device: gates.device).expand_as(gates);
        return places.masked_fill(gates.ne(gates.amax([1], keepdim: true)), gates.shape[1]).amin([1]).MoveToOuterDisposeScope();
    }
}
