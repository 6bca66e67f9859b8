namespace Frugal.Kernels.Benchmarks;

/// <summary>One way to compute the layer, and what it produced.</summary>
internal abstract class Contestant(string name) : IDisposable
{
    public string Name { get; } = name;

    /// <summary>Bytes of the weight as this contestant holds it; null where it cannot be asked.</summary>
    public virtual long? WeightBytes => null;

    /// <summary>Multiply-adds of a call; null where arithmetic of another kind is done.</summary>
    public abstract long? Macs { get; }

    /// <summary>Whether those are of bytes.</summary>
    public virtual bool IsOfBytes => false;

    /// <summary>One call with everything a user pays: bias, and whatever is done to the activations.</summary>
    public abstract void Run();

    /// <summary>The output of the last call, <c>[rows, out]</c>.</summary>
    public abstract float[] Output();

    public abstract void Dispose();
}
