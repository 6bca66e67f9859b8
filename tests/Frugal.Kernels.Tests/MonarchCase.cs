namespace Frugal.Kernels.Tests;

/// <summary>A random Monarch layer as MonarchLinear shapes it, and what two scalar loops with a permutation between them make of inputs.</summary>
internal sealed class MonarchCase
{
    private readonly int _in, _out, _blocks, _inBlock, _outBlock, _middle;

    public MonarchCase(int inFeatures, int outFeatures, int blocks, int seed)
    {
        (_in, _out, _blocks) = (inFeatures, outFeatures, blocks);
        (_inBlock, _outBlock) = ((inFeatures + blocks - 1) / blocks, (outFeatures + blocks - 1) / blocks);
        _middle = Math.Min(_inBlock, _outBlock);
        var random = new Random(seed);
        First = [.. Enumerable.Range(0, blocks * _middle * _inBlock).Select(_ => 4 * random.NextSingle() - 2)];
        Second = [.. Enumerable.Range(0, blocks * _outBlock * _middle).Select(_ => 4 * random.NextSingle() - 2)];
    }

    public float[] First { get; }

    public float[] Second { get; }

    /// <summary>Whether such a layer exists: no block is wholly beyond the inputs or outputs.</summary>
    public bool Exists => (_blocks - 1) * _inBlock < _in && (_outBlock - 1) * _blocks < _out;

    public PackedMonarch Pack() => PackedMonarch.Pack(First, Second, _out, _in, _blocks, _middle, _blocks);

    public double[] Expected(ReadOnlySpan<float> row)
    {
        var middle = new double[_blocks * _middle];
        for (var i = 0; i < middle.Length; i++)
            for (var k = 0; k < _inBlock; k++)
                if (i / _middle * _inBlock + k < _in)
                    middle[i] += (double)First[i * _inBlock + k] * row[i / _middle * _inBlock + k];
        var output = new double[_out];
        for (var o = 0; o < _out; o++)
            for (var i = 0; i < _middle; i++)
                output[o] += Second[(o % _blocks * _outBlock + o / _blocks) * _middle + i] * middle[i * _blocks + o % _blocks];
        return output;
    }
}
