namespace Frugal.Kernels.Tests;

/// <summary>A random Kolmogorov-Arnold layer whose inputs take turns in the families, and what obvious code makes of inputs.</summary>
internal sealed class KanCase : IRowCase
{
    private const int Order = 3, Intervals = 4, Splines = Intervals + Order, Centres = 5, Degrees = 4;

    private readonly int _in, _out;
    private readonly Random _random;
    private readonly KanFunctions[] _functions;
    private readonly float[] _coefficients, _bias;

    public KanCase(int inFeatures, int outFeatures, int seed)
    {
        (_in, _out, _random) = (inFeatures, outFeatures, new(seed));
        int[] Turn(int family) => [.. Enumerable.Range(0, inFeatures).Where(input => input % 3 == family)];
        _functions =
        [
            .. new KanFunctions[]
            {
                new(KanFunction.Silu, [.. Enumerable.Range(0, inFeatures)], 1),
                new(KanFunction.BSpline, Turn(0), Splines, Order, [.. Turn(0).SelectMany(_ => Knots())]),
                new(KanFunction.Radial, Turn(1), Centres),
                new(KanFunction.Chebyshev, Turn(2), Degrees),
            }.Where(each => each.Inputs.Count > 0),
        ];
        _coefficients = Numbers(outFeatures * _functions.Sum(each => each.Features));
        _bias = Numbers(outFeatures);
    }

    public IRowOperator Pack() => PackedKan.Pack(_functions, _coefficients, _out, _in, _bias);

    /// <summary>Some beyond the knots, and some on them.</summary>
    public float[] Inputs(int rows) => [.. Numbers(rows * _in).Select((value, i) => i % 7 == 0 ? MathF.Round(value) : value)];

    public void RequireCorrect(ReadOnlySpan<float> row, ReadOnlySpan<float> output)
    {
        var features = new List<double>();
        foreach (var each in _functions)
            for (var function = 0; function < each.Count; function++)
                for (var i = 0; i < each.Inputs.Count; i++)
                    features.Add(Value(each, i, function, row[each.Inputs[i]]));
        for (var o = 0; o < _out; o++)
        {
            double expected = _bias[o], size = 1;
            for (var feature = 0; feature < features.Count; feature++)
            {
                expected += _coefficients[o * features.Count + feature] * features[feature];
                size += Math.Abs(_coefficients[o * features.Count + feature] * features[feature]);
            }
            Assert.Equal(expected, output[o], 1e-5 * size);
        }
    }

    private static double Value(KanFunctions functions, int input, int function, double x) => functions.Function switch
    {
        KanFunction.Silu => x / (1 + Math.Exp(-x)),
        KanFunction.BSpline => Spline(functions.Knots!, input * (Splines + Order + 1) + function, Order, x),
        KanFunction.Radial => Math.Exp(-Math.Pow((x + 2 - 4.0 * function / (Centres - 1)) / (4.0 / (Centres - 1)), 2)),
        _ => Math.Cos(function * Math.Acos(Math.Clamp(x, -1, 1))),
    };

    private static double Spline(IReadOnlyList<float> knots, int i, int order, double x) => order == 0
        ? x >= knots[i] && x < knots[i + 1] ? 1 : 0
        : (x - knots[i]) / ((double)knots[i + order] - knots[i]) * Spline(knots, i, order - 1, x)
            + (knots[i + order + 1] - x) / ((double)knots[i + order + 1] - knots[i + 1]) * Spline(knots, i + 1, order - 1, x);

    // Ascending, at unequal distances.
    private float[] Knots()
    {
        var knots = new float[Splines + Order + 1];
        knots[0] = -2;
        for (var i = 1; i < knots.Length; i++)
            knots[i] = knots[i - 1] + 0.2f + 0.3f * _random.NextSingle();
        return knots;
    }

    private float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => 4 * _random.NextSingle() - 2)];
}
