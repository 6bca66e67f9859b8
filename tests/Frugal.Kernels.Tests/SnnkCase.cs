namespace Frugal.Kernels.Tests;

/// <summary>A random layer of random features, its inputs and what scalar loops in double precision make of them.</summary>
internal sealed class SnnkCase : IRowCase
{
    private const float Constant = -0.25f;

    private readonly int _in, _out, _features;
    private readonly Random _random;
    private readonly float[] _projection, _weights, _bias;

    public SnnkCase(int inFeatures, int outFeatures, int features, int seed)
    {
        (_in, _out, _features, _random) = (inFeatures, outFeatures, features, new(seed));
        _projection = Numbers(features * inFeatures);
        _weights = Numbers(outFeatures * features);
        _bias = Numbers(outFeatures);
    }

    public IRowOperator Pack() => PackedSnnk.Pack(_projection, _weights, _out, _in, _features, _bias, Constant);

    public float[] Inputs(int rows) => Numbers(rows * _in);

    public void RequireCorrect(ReadOnlySpan<float> row, ReadOnlySpan<float> output)
    {
        var map = new double[_features];
        for (var feature = 0; feature < _features; feature++)
        {
            for (var i = 0; i < _in; i++)
                map[feature] += (double)_projection[feature * _in + i] * row[i];
            map[feature] = Math.Max(map[feature], Constant);
        }
        for (var o = 0; o < _out; o++)
        {
            var expected = (double)_bias[o];
            for (var feature = 0; feature < _features; feature++)
                expected += _weights[o * _features + feature] * map[feature] / Math.Sqrt(_features);
            // Sums of up to 100 products of up to 4, then of 70 of those.
            Assert.Equal(expected, output[o], 2e-3);
        }
    }

    private float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => 4 * _random.NextSingle() - 2)];
}
