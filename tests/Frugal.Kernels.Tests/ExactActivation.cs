namespace Frugal.Kernels.Tests;

/// <summary>The activations in double precision.</summary>
internal static class ExactActivation
{
    public static double Of(Activation activation, double x) => activation switch
    {
        Activation.Identity => x,
        Activation.Relu => Math.Max(x, 0),
        Activation.Gelu => x * NormalDistribution(x),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        Activation.Silu => x / (1 + Math.Exp(-x)),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };

    /// <summary>Φ by its power series near zero and by Laplace's continued fraction in the tails.</summary>
    private static double NormalDistribution(double x)
    {
        if (double.IsNaN(x))
            return x;
        var density = Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);
        var z = Math.Abs(x);
        double tail;
        if (z < 3)
        {
            double term = z, sum = z;
            for (var n = 3; term > 1e-17; n += 2)
                sum += term *= z * z / n;
            tail = 0.5 - density * sum;
        }
        else
        {
            var fraction = z;
            for (var n = 60; n > 0; n--)
                fraction = z + n / fraction;
            tail = density / fraction;
        }
        return x < 0 ? tail : 1 - tail;
    }
}
