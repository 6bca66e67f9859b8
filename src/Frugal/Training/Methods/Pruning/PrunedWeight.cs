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

    /// <summary>Makes a new mask from W, or from <c>W * M</c> where nothing may come back.</summary>
    public void Prune(double sparsity, BlockPattern pattern, bool allowRegrow, double thresholdDecay)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var judged = allowRegrow ? Stored : Stored.mul(Mask);
        Threshold = thresholdDecay * Threshold + (1 - thresholdDecay) * MagnitudeMask.Threshold(judged, sparsity, pattern);
        var next = MagnitudeMask.AtLeast(judged, Threshold, pattern);
        Mask.copy_(allowRegrow ? next : next.mul_(Mask));
    }

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
