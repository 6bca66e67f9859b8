using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>The weight of a linear layer under an N:M mask that follows the stored weights.</summary>
internal sealed class AdaptiveWeight : IDisposable
{
    private readonly PrunedWeight weight;
    private readonly Tensor initial;
    private readonly Tensor? squaredNorms;
    private readonly NofMPattern pattern;

    /// <summary>Makes the first mask and applies it.</summary>
    /// <param name="name">Name of the parameter.</param>
    /// <param name="parameter">The dense weight, <c>[out, in]</c>.</param>
    /// <param name="pattern">How many of how many inputs are kept.</param>
    /// <param name="squaredNorms">Sizes of the inputs, or null to go by magnitude; they stay the caller's.</param>
    public AdaptiveWeight(string name, Tensor parameter, NofMPattern pattern, Tensor? squaredNorms)
    {
        (this.pattern, this.squaredNorms) = (pattern, squaredNorms);
        weight = new PrunedWeight(name, parameter);
        Remask();
        weight.ApplyMask();
        using var scope = NewDisposeScope();
        initial = weight.Mask.to(@bool).DetachFromDisposeScope();
    }

    public string Name => weight.Name;

    public Tensor Mask => weight.Mask;

    public long Count => weight.Mask.numel();

    public void PutBackStored() => weight.PutBackStored();

    public void TakeStored() => weight.TakeStored();

    public void ApplyMask() => weight.ApplyMask();

    public void ApplyMaskTo(Tensor tensor) => weight.ApplyMaskTo(tensor);

    /// <summary>Makes the mask anew from the stored weights.</summary>
    /// <returns>Entries that are masked now and were not, or the other way.</returns>
    public long Remask()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var mask = NofMMask.Of(NofMMask.Scores(weight.Stored, squaredNorms), pattern);
        long flipped = mask.ne(weight.Mask).sum().ToInt64();
        weight.SetMask(mask);
        return flipped;
    }

    /// <summary>Entries whose mask is another than at the start.</summary>
    public long FlippedSinceStart()
    {
        using var scope = NewDisposeScope();
        return weight.Mask.to(@bool).ne(initial).sum().ToInt64();
    }

    /// <summary>What must be kept over a checkpoint, by name.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Kept => [($"stored.{Name}", weight.Stored), ($"mask.{Name}", weight.Mask), ($"initial.{Name}", initial)];

    public void Load(IReadOnlyDictionary<string, Tensor> kept)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        weight.Load(kept[$"stored.{Name}"], kept[$"mask.{Name}"], 0);
        initial.copy_(kept[$"initial.{Name}"]);
    }

    public void Dispose()
    {
        weight.Dispose();
        initial.Dispose();
    }
}
