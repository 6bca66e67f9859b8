namespace Frugal.Analysis.MixtureEstimation;

/// <summary>The quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno for a few unknowns, with a step that is halved until the function falls enough.</summary>
internal static class Bfgs
{
    private const double Decrease = 1e-4, GradientTolerance = 1e-9, ValueTolerance = 1e-13;

    /// <summary>A point near the start where the gradient is as good as zero, or where no step helps any more.</summary>
    /// <param name="function">Value and gradient at a point.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="maxRounds">Rounds at most.</param>
    public static double[] Minimize(Func<double[], (double Value, double[] Gradient)> function, double[] start, int maxRounds = 500)
    {
        int n = start.Length;
        double[] at = [.. start];
        var (value, gradient) = function(at);
        double[,] inverse = Identity(n);
        for (int round = 0; round < maxRounds && Norm(gradient) > GradientTolerance; round++)
        {
            double[] direction = Times(inverse, gradient, -1);
            double slope = Dot(direction, gradient);
            if (slope >= 0)
            {
                inverse = Identity(n);
                direction = [.. gradient.Select(part => -part)];
                slope = Dot(direction, gradient);
            }
            if (Search(function, at, value, direction, slope) is not var (next, nextValue, nextGradient))
                break;
            double[] step = Difference(next, at), change = Difference(nextGradient, gradient);
            double gain = value - nextValue;
            (at, value, gradient) = (next, nextValue, nextGradient);
            if (gain < ValueTolerance * Math.Max(1, Math.Abs(value)))
                break;
            Update(inverse, step, change);
        }
        return at;
    }

    private static (double[] At, double Value, double[] Gradient)? Search(
        Func<double[], (double Value, double[] Gradient)> function, double[] at, double value, double[] direction, double slope)
    {
        double length = Math.Min(1, 1 / Math.Max(1e-300, Norm(direction)) * 2);
        for (int halving = 0; halving < 50; halving++, length /= 2)
        {
            double[] tried = [.. at.Zip(direction, (x, d) => x + length * d)];
            var (triedValue, triedGradient) = function(tried);
            if (double.IsFinite(triedValue) && triedValue <= value + Decrease * length * slope)
                return (tried, triedValue, triedGradient);
        }
        return null;
    }

    private static void Update(double[,] inverse, double[] step, double[] change)
    {
        double curvature = Dot(step, change);
        if (curvature <= 1e-14 * Norm(step) * Norm(change))
            return;
        int n = step.Length;
        double[] moved = Times(inverse, change, 1);
        double factor = (1 + Dot(change, moved) / curvature) / curvature;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                inverse[i, j] += factor * step[i] * step[j] - (moved[i] * step[j] + step[i] * moved[j]) / curvature;
    }

    private static double[,] Identity(int n)
    {
        double[,] identity = new double[n, n];
        for (int i = 0; i < n; i++)
            identity[i, i] = 1;
        return identity;
    }

    private static double[] Times(double[,] matrix, double[] vector, double factor) =>
        [.. Enumerable.Range(0, vector.Length).Select(i => factor * Enumerable.Range(0, vector.Length).Sum(j => matrix[i, j] * vector[j]))];

    private static double[] Difference(double[] left, double[] right) => [.. left.Zip(right, (a, b) => a - b)];

    private static double Dot(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();

    private static double Norm(double[] vector) => Math.Sqrt(Dot(vector, vector));
}
