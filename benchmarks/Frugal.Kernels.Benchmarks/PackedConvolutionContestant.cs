namespace Frugal.Kernels.Benchmarks;

/// <summary>A convolution of ours.</summary>
internal sealed class PackedConvolutionContestant : Contestant
{
    private readonly ConvolutionData _data;
    private readonly KernelPool _pool;
    private readonly PackedConvolution _layer;
    private readonly float[] _output;

    /// <param name="pack">Packs a weight <c>[out, in]</c>.</param>
    /// <param name="isOfBytes">Whether that multiplies bytes.</param>
    public PackedConvolutionContestant(string name, ConvolutionData data, float[] weight, Func<float[], int, int, IPackedLinear> pack, KernelPool pool, bool isOfBytes = false) : base(name)
    {
        (_data, _pool, IsOfBytes) = (data, pool, isOfBytes);
        _layer = new(pack(data.Shape.ToColumns(weight, data.Channels), data.Channels, data.Shape.InFeatures), data.Shape);
        _output = new float[data.Batch * data.Channels * data.Size * data.Size];
    }

    public override long? Macs => (long)_data.Batch * _data.Size * _data.Size * _layer.Weight.StoredWeights;

    public override bool IsOfBytes { get; }

    public override long? WeightBytes => _layer.Weight.Bytes;

    public override void Run() => _layer.Run(_data.Input, _data.Batch, _data.Size, _data.Size, _output, new() { Bias = _data.Bias }, _pool);

    public override float[] Output() => _output;

    public override void Dispose()
    {
    }
}
