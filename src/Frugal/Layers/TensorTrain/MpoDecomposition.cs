using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>A weight written as a matrix product operator.</summary>
/// <param name="Cores">G_1 … G_n, each <c>[χ_{k-1}, o_k, i_k, χ_k]</c>.</param>
/// <param name="SingularValues">Those of each cut before truncation, the largest first.</param>
/// <param name="Discarded">Sum of the squared singular values that each cut left out; together they are the squared distance to the weight.</param>
public sealed record MpoDecomposition(IReadOnlyList<Tensor> Cores, IReadOnlyList<Tensor> SingularValues, IReadOnlyList<double> Discarded)
{
    /// <summary>Distance to the weight in the Frobenius norm.</summary>
    public double Error => Math.Sqrt(Discarded.Sum());
}
