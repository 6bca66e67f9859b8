namespace Frugal.Kernels.Benchmarks;

/// <summary>A packed layer of ours; with several copies each call takes the next one, so that the weights have left the second cache.</summary>
internal sealed class PackedContestant : Contestant
{
    private readonly IPackedLinear[] _copies;
    private readonly LayerData _data;
    private readonly KernelPool _pool;
    private readonly float[] _output;
    private int _next;

    public PackedContestant(string name, Func<IPackedLinear> pack, LayerData data, KernelPool pool, bool rotate) : base(name)
    {
        var first = pack();
        _copies = [first, .. Enumerable.Range(0, rotate ? LayerData.CopiesBeyondCache(first.Bytes) - 1 : 0).Select(_ => pack())];
        _data = data;
        _pool = pool;
        _output = new float[data.Rows * data.OutFeatures];
    }

    public override long? WeightBytes => _copies[0].Bytes;

    public override long? Macs => _copies[0] is PackedBinary ? null : _data.Rows * _copies[0].MacsPerRow;

    public override bool IsOfBytes => _copies[0] is PackedInt8 or PackedLowBit or PackedNofMInt8 or PackedLowRankInt8;

    public override void Run()
    {
        _copies[_next].Run(_data.Input, _data.Rows, _output, new() { Bias = _data.Bias }, _pool);
        _next = (_next + 1) % _copies.Length;
    }

    public override float[] Output() => _output;

    public override void Dispose()
    {
    }
}
