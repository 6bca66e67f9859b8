using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Scalable neural network kernels: a feed-forward layer f(Wx + b) as a product of two feature vectors, one of the input and one of the weights (Sehanobish et al. 2024, arXiv 2310.13225). Both are made with the
/// same random projection G, <c>[features, dim]</c>, of independent normal numbers.
/// </summary>
public static class SnnkMath
{
    /// <summary>A projection G, <c>[features, dim]</c>.</summary>
    /// <param name="features">Rows, m.</param>
    /// <param name="dim">Columns, d.</param>
    /// <param name="isOrthogonal">Rows orthogonal within blocks of d, with the lengths that normal rows have; their estimates vary less.</param>
    /// <param name="generator">Where the numbers come from; libtorch's own when null.</param>
    public static Tensor Projection(long features, long dim, bool isOrthogonal, Generator? generator = null)
    {
        using var scope = NewDisposeScope();
        var normal = randn([features, dim], float64, generator: generator);
        if (!isOrthogonal)
            return normal.to(float32).MoveToOuterDisposeScope();
        var blocks = new List<Tensor>();
        for (long row = 0; row < features; row += dim)
        {
            var (basis, triangle) = linalg.qr(randn([dim, dim], float64, generator: generator));
            // With the signs of the diagonal each row points in any direction alike; as LAPACK leaves them, some directions come more often.
            blocks.Add((basis * triangle.diagonal().sign()).t().narrow(0, 0, Math.Min(dim, features - row)));
        }
        return (cat([.. blocks]) * normal.square().sum(1, keepdim: true).sqrt()).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>Features of rows, <c>max(G x, c) / √m</c>: of inputs and of weights alike.</summary>
    /// <param name="rows"><c>[…, dim]</c>.</param>
    /// <param name="projection">G, <c>[features, dim]</c>.</param>
    /// <param name="constant">c; below 0 some negative products pass.</param>
    /// <returns><c>[…, features]</c>.</returns>
    public static Tensor ReluFeatures(Tensor rows, Tensor projection, double constant = 0)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(projection);
        using var scope = NewDisposeScope();
        return (nn.functional.linear(rows, projection).clamp_min(constant) / Math.Sqrt(projection.shape[0])).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What the products of ReLU features estimate: the arc-cosine kernel of order 1, <c>‖x‖‖w‖ / 2π · (sin θ + (π - θ) cos θ)</c> for the angle θ between input and weight. It is not ReLU(wᵀx).
    /// </summary>
    /// <param name="inputs"><c>[rows, dim]</c>.</param>
    /// <param name="weights"><c>[outputs, dim]</c>.</param>
    /// <returns><c>[rows, outputs]</c>.</returns>
    public static Tensor ArcCosineKernel(Tensor inputs, Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(weights);
        using var scope = NewDisposeScope();
        var lengths = inputs.square().sum(1, keepdim: true).sqrt() * weights.square().sum(1).sqrt();
        var angle = (inputs.matmul(weights.t()) / lengths.clamp_min(double.Epsilon)).clamp(-1, 1).acos();
        return (lengths * (angle.sin() + (Math.PI - angle) * angle.cos()) / (2 * Math.PI)).MoveToOuterDisposeScope();
    }

    /// <summary>The features with a column of ones behind them.</summary>
    public static Tensor WithOnes(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = NewDisposeScope();
        return cat([features, ones([features.shape[0], 1], features.dtype, features.device)], 1).MoveToOuterDisposeScope();
    }
}
