namespace Frugal.Kernels.Benchmarks;

/// <summary>All experts in one call of ours.</summary>
internal sealed class PackedMixture : Contestant
{
    private readonly MixtureData _data;
    private readonly KernelPool _pool;
    private readonly PackedExperts _experts;
    private readonly float[] _weights;
    private readonly float[] _output;
    private readonly long _bytesOfExpert;

    /// <param name="pack">Packs a weight <c>[out, in]</c>.</param>
    /// <param name="isOfBytes">Whether that multiplies bytes.</param>
    public PackedMixture(string name, MixtureData data, Func<float[], int, int, IPackedLinear> pack, bool isOfBytes, KernelPool pool) : base(name)
    {
        (_data, _pool, IsOfBytes) = (data, pool, isOfBytes);
        var packed = data.Up.Zip(data.Down, (up, down) => (Up: pack(up, data.HiddenDim, data.Dim), Down: pack(down, data.Dim, data.HiddenDim))).ToArray();
        _experts = new([.. packed.Select(expert => new PackedChain([new LinearOperator(expert.Up, activation: Activation.Relu), new LinearOperator(expert.Down)]))]);
        _bytesOfExpert = packed[0].Up.Bytes + packed[0].Down.Bytes;
        _weights = [.. Enumerable.Repeat(1f, data.Rows)];
        _output = new float[data.Rows * data.Dim];
    }

    public override long? Macs => 2L * _data.Rows * _data.Dim * _data.HiddenDim;

    public override bool IsOfBytes { get; }

    public override long? WeightBytes => _bytesOfExpert * _data.Chosen.Distinct().Count();

    public override void Run() => _experts.Run(_data.Input, _data.Rows, _data.Chosen, _weights, _output, _pool);

    public override float[] Output() => _output;

    public override void Dispose()
    {
    }
}
