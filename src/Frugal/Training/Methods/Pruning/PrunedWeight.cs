using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>One parameter under a mask: outside an update it holds <c>W * M</c>, during the update <c>W</c>.</summary>
internal sealed class PrunedWeight : IDisposable
{
    private readonly Tensor parameter;

    public PrunedWeight(string name, Tensor parameter)
    {
        using var scope = NewDisposeScope();
        Name = name;
        this.parameter = parameter;
        Stored = parameter.detach().clone().DetachFromDisposeScope();
        Mask = ones_like(Stored).DetachFromDisposeScope();
    }

    public string Name { get; }

    /// <summary>W: all weights, the masked ones with the values they would come back with.</summary>
    public Tensor Stored { get; }

    /// <summary>M: 1 or 0.</summary>
    public Tensor Mask { get; }

    /// <summary>Score of the last weight that the newest mask keeps.</summary>
    public double Threshold { get; private set; }

    /// <summary>The chain rule through <c>W * M</c>.</summary>
    public void MaskGradient()
    {
        using var scope = NewDisposeScope();
        parameter.grad?.mul_(Mask);
    }

    /// <summary>The parameter becomes W, ready for the update.</summary>
    public void PutBackStored() => Copy(Stored, parameter);

    /// <summary>Keeps the updated W.</summary>
    public void TakeStored() => Copy(parameter, Stored);

    /// <summary>The parameter becomes <c>W * M</c>.</summary>
    public void ApplyMask() => ApplyMaskTo(parameter);

    /// <summary>Zeroes the masked entries of a tensor of the parameter's shape.</summary>
    public void ApplyMaskTo(Tensor tensor)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        tensor.mul_(Mask);
    }

    /// <summary>W, or <c>W * M</c> where nothing may come back; it belongs to the open dispose scope.</summary>
    public Tensor Judged(bool allowRegrow) => allowRegrow ? Stored.alias() : Stored.mul(Mask);

    /// <summary>Makes a new mask from W, or from <c>W * M</c> where nothing may come back.</summary>
    /// <param name="sparsity">Share that is pruned.</param>
    /// <param name="pattern">What is pruned together.</param>
    /// <param name="allowRegrow">Whether a pruned weight may come back.</param>
    /// <param name="thresholdDecay">Share of the former threshold in the new one.</param>
    /// <param name="common">The threshold of all layers together, in place of this one's own; at least one block is kept all the same.</param>
    public void Prune(double sparsity, BlockPattern pattern, bool allowRegrow, double thresholdDecay, double? common = null)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var judged = Judged(allowRegrow);
        double now = common is { } threshold ? Math.Min(threshold, pattern.Scores(judged).max().ToDouble()) : MagnitudeMask.Threshold(judged, sparsity, pattern);
        Threshold = thresholdDecay * Threshold + (1 - thresholdDecay) * now;
        var next = MagnitudeMask.AtLeast(judged, Threshold, pattern);
        Mask.copy_(allowRegrow ? next : next.mul_(Mask));
    }

    /// <summary>Takes another mask, of 1 and 0.</summary>
    public void SetMask(Tensor mask) => Copy(mask, Mask);

    public void Load(Tensor stored, Tensor mask, double threshold)
    {
        Copy(stored, Stored);
        Copy(mask, Mask);
        Threshold = threshold;
    }

    private static void Copy(Tensor from, Tensor to)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        to.copy_(from);
    }

    public void Dispose()
    {
        Stored.Dispose();
        Mask.Dispose();
    }
}
