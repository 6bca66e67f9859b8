using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Convolution kernels that are sums of products of filters along one axis each (Boukraichi et al. 2023, "A priori compression of convolutional neural networks for wave simulators", arXiv 2304.04964).
/// Axes: o outputs, i inputs, r terms.
/// </summary>
public static class OneWayMath
{
    /// <summary>The kernel <c>[o, i, height, width]</c> of every pair of channels as a sum over the terms of a vertical filter times a horizontal one.</summary>
    /// <param name="vertical"><c>[o, i, r, height]</c>.</param>
    /// <param name="horizontal"><c>[o, i, r, width]</c>.</param>
    public static Tensor TwoWay(Tensor vertical, Tensor horizontal)
    {
        ArgumentNullException.ThrowIfNull(vertical);
        return vertical.transpose(-1, -2).matmul(horizontal);
    }

    /// <summary>The kernel <c>[o, i, time, height, width]</c> of every pair of channels as a sum over the terms of products of three filters.</summary>
    /// <param name="time"><c>[o, i, r, time]</c>.</param>
    /// <param name="vertical"><c>[o, i, r, height]</c>.</param>
    /// <param name="horizontal"><c>[o, i, r, width]</c>.</param>
    public static Tensor ThreeWay(Tensor time, Tensor vertical, Tensor horizontal)
    {
        ArgumentNullException.ThrowIfNull(time);
        using var scope = NewDisposeScope();
        var planes = Planes(vertical, horizontal);
        return time.transpose(-1, -2).matmul(planes.flatten(-2, -1)).reshape([.. time.shape[..2], time.shape[^1], .. planes.shape[^2..]]).MoveToOuterDisposeScope();
    }

    /// <summary>The kernel <c>[o, i, height, width]</c> of every output as a sum over the terms of products of a filter over the channels, a vertical and a horizontal one.</summary>
    /// <param name="channel"><c>[o, r, i]</c>.</param>
    /// <param name="vertical"><c>[o, r, height]</c>.</param>
    /// <param name="horizontal"><c>[o, r, width]</c>.</param>
    public static Tensor Shared(Tensor channel, Tensor vertical, Tensor horizontal)
    {
        ArgumentNullException.ThrowIfNull(channel);
        using var scope = NewDisposeScope();
        var planes = Planes(vertical, horizontal);
        return channel.transpose(-1, -2).matmul(planes.flatten(-2, -1)).reshape([channel.shape[0], channel.shape[2], .. planes.shape[^2..]]).MoveToOuterDisposeScope();
    }

    /// <summary>The filters whose <see cref="TwoWay"/> kernel of so many terms is nearest to a dense one in the Frobenius norm, by the singular value decomposition of each slice.</summary>
    /// <param name="kernel"><c>[o, i, height, width]</c>.</param>
    /// <param name="rank">Number of terms; those above the rank of a slice are zero.</param>
    public static (Tensor Vertical, Tensor Horizontal) OfDense(Tensor kernel, long rank)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Guard.AtLeast(rank, 1, nameof(rank));
        using var scope = NewDisposeScope();
        var (left, values, right) = linalg.svd(kernel.detach().to(float64), fullMatrices: false);
        long kept = Math.Min(rank, values.shape[^1]);
        var root = values.narrow(-1, 0, kept).sqrt().unsqueeze(-1);
        var vertical = zeros([.. kernel.shape[..2], rank, kernel.shape[2]], float64, kernel.device);
        var horizontal = zeros([.. kernel.shape[..2], rank, kernel.shape[3]], float64, kernel.device);
        vertical.narrow(2, 0, kept).copy_(left.narrow(-1, 0, kept).transpose(-1, -2) * root);
        horizontal.narrow(2, 0, kept).copy_(right.narrow(-2, 0, kept) * root);
        return (vertical.to(kernel.dtype).MoveToOuterDisposeScope(), horizontal.to(kernel.dtype).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The filters of a three-way kernel near a dense one: the singular value decomposition of time against space, then that of each plane. Exact at full ranks; otherwise not the nearest of its rank.
    /// </summary>
    /// <param name="kernel"><c>[o, i, time, height, width]</c>.</param>
    /// <param name="timeRank">Terms of the first decomposition.</param>
    /// <param name="spaceRank">Terms of each plane; there are <c>timeRank · spaceRank</c> in all.</param>
    public static (Tensor Time, Tensor Vertical, Tensor Horizontal) OfDense(Tensor kernel, long timeRank, long spaceRank)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        using var scope = NewDisposeScope();
        long[] pair = kernel.shape[..2];
        // Time takes the place of the height and a whole plane that of the width.
        var (time, planes) = OfDense(kernel.flatten(-2, -1), timeRank);
        var (vertical, horizontal) = OfDense(planes.reshape(pair[0], pair[1] * timeRank, kernel.shape[3], kernel.shape[4]), spaceRank);
        Tensor Terms(Tensor filters) => filters.reshape([.. pair, timeRank * spaceRank, filters.shape[^1]]).MoveToOuterDisposeScope();
        return (Terms(time.repeat_interleave(spaceRank, 2)), Terms(vertical), Terms(horizontal));
    }

    private static Tensor Planes(Tensor vertical, Tensor horizontal) => vertical.unsqueeze(-1) * horizontal.unsqueeze(-2);
}
