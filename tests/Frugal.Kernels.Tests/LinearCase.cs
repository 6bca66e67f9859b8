namespace Frugal.Kernels.Tests;

/// <summary>A random linear layer, its inputs and what a scalar loop in double precision makes of them.</summary>
internal sealed class LinearCase
{
    private readonly Random _random;

    public LinearCase(int rows, int outFeatures, int inFeatures, double density, int blockHeight, int seed)
    {
        (Rows, OutFeatures, InFeatures) = (rows, outFeatures, inFeatures);
        _random = new Random(seed);
        Input = Uniform(rows * inFeatures);
        Weight = Uniform(outFeatures * inFeatures);
        for (var group = 0; group < outFeatures; group += blockHeight)
            for (var column = 0; column < inFeatures; column++)
                if (_random.NextDouble() >= density)
                    for (var row = group; row < Math.Min(group + blockHeight, outFeatures); row++)
                        Weight[row * inFeatures + column] = 0;
        Scale = Uniform(outFeatures);
        Bias = Uniform(outFeatures);
        Residual = Uniform(rows * outFeatures);
    }

    private LinearCase(LinearCase other, float[] input, float[] weight)
    {
        (Rows, OutFeatures, InFeatures, _random) = (other.Rows, other.OutFeatures, other.InFeatures, other._random);
        (Input, Weight) = (input, weight);
        (Scale, Bias, Residual) = (other.Scale, other.Bias, other.Residual);
    }

    public int Rows { get; }

    public int OutFeatures { get; }

    public int InFeatures { get; }

    public float[] Input { get; }

    public float[] Weight { get; }

    public float[] Scale { get; }

    public float[] Bias { get; }

    public float[] Residual { get; }

    /// <summary>The same layer with other inputs and weights.</summary>
    public LinearCase With(float[] input, float[] weight) => new(this, input, weight);

    public float[] Run(IPackedLinear layer, KernelPool pool, Parts parts = default, Activation activation = Activation.Identity)
    {
        var output = new float[Rows * OutFeatures];
        layer.Run(Input, Rows, output, Epilogue(parts, activation), pool);
        return output;
    }

    public Epilogue Epilogue(Parts parts, Activation activation) => new()
    {
        Scale = parts.HasFlag(Parts.Scale) ? Scale : default,
        Bias = parts.HasFlag(Parts.Bias) ? Bias : default,
        Residual = parts.HasFlag(Parts.Residual) ? Residual : default,
        Activation = activation,
    };

    /// <summary>Requires an output within 1e-5 √K of the scalar loop's, relative to the sum of the terms' magnitudes; NaN and infinities must be in the same places.</summary>
    public void RequireCorrect(ReadOnlySpan<float> output, Parts parts = default, Activation activation = Activation.Identity, bool skipZeros = true)
    {
        var stored = new int[InFeatures];
        for (var o = 0; o < OutFeatures; o++)
        {
            var weights = Weight.AsSpan(o * InFeatures, InFeatures);
            var count = 0;
            for (var i = 0; i < InFeatures; i++)
                if (weights[i] != 0 || !skipZeros)
                    stored[count++] = i;
            for (var token = 0; token < Rows; token++)
            {
                var inputs = Input.AsSpan(token * InFeatures, InFeatures);
                double sum = 0, magnitude = 0;
                foreach (var i in stored.AsSpan(0, count))
                {
                    var term = (double)weights[i] * inputs[i];
                    sum += term;
                    magnitude += Math.Abs(term);
                }
                if (parts.HasFlag(Parts.Scale))
                    (sum, magnitude) = (sum * Scale[o], magnitude * Math.Abs(Scale[o]));
                if (parts.HasFlag(Parts.Bias))
                    (sum, magnitude) = (sum + Bias[o], magnitude + Math.Abs(Bias[o]));
                var expected = ExactActivation.Of(activation, sum);
                if (parts.HasFlag(Parts.Residual))
                    (expected, magnitude) = (expected + Residual[token * OutFeatures + o], magnitude + Math.Abs(Residual[token * OutFeatures + o]));
                var actual = output[token * OutFeatures + o];
                // GELU's slope reaches 1.13, and its own error is some 1e-7 of the value. The message is made where there is an error alone: it takes longer than the sum.
                if (!double.IsFinite(expected))
                    Assert.Equal((float)expected, actual);
                else if (!(Math.Abs(actual - expected) <= 1.2e-5 * Math.Sqrt(InFeatures) * magnitude + 1e-37))
                    Assert.Fail($"[{token}, {o}] of {Rows}x{InFeatures}→{OutFeatures}: {actual}, expected {expected}");
            }
        }
    }

    private float[] Uniform(int count)
    {
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
            value = 4 * _random.NextSingle() - 2;
        return values;
    }
}
