using static TorchSharp.torch;

namespace Frugal.Compression.Pruning;

/// <summary>A weight whose smallest entries are set to zero and put back, as often as wanted.</summary>
/// <param name="name">The weight's name.</param>
/// <param name="weight">The network's own tensor.</param>
/// <param name="costPerWeight">What a weight that is kept takes of the budget.</param>
internal sealed class PrunedLayer(string name, Tensor weight, long costPerWeight) : IDisposable
{
    private readonly Tensor original = weight.detach().clone().DetachFromDisposeScope();
    private readonly Tensor order = Order(weight);

    public string Name => name;

    public long NumWeights { get; } = weight.numel();

    public long CostPerWeight => costPerWeight;

    /// <summary>Share of the weights that is zero already.</summary>
    public double ZeroShare => 1 - (double)original.count_nonzero().item<long>() / NumWeights;

    /// <summary>Sets the entries of smallest magnitude to zero, and all others to what they were.</summary>
    public void Prune(long count)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        weight.copy_(original * MaskOf(count));
    }

    /// <summary>1 for the entries that are kept when so many go, 0 for the others.</summary>
    public Tensor MaskOf(long count)
    {
        using var scope = NewDisposeScope();
        return ones_like(original).flatten().index_fill_(0, order.narrow(0, 0, count), 0).reshape(original.shape).MoveToOuterDisposeScope();
    }

    public void Restore() => Prune(0);

    public void Dispose()
    {
        original.Dispose();
        order.Dispose();
    }

    private static Tensor Order(Tensor weight)
    {
        using var scope = NewDisposeScope();
        // Ties go by their place, so that the choice does not depend on the number of threads.
        return weight.detach().flatten().abs().sort(0, false, true).Indices.DetachFromDisposeScope();
    }
}
