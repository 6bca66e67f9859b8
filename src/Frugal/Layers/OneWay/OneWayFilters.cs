using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Convolutions of one-way kernels filter by filter: the same as with the composed kernel, with fewer multiply-adds and many maps in between. Neither a bias nor an activation comes between.</summary>
public static class OneWayFilters
{
    /// <summary>A vertical filter from every input to each of its o·r maps, a horizontal one on each, and the sum.</summary>
    /// <param name="input"><c>[batch, i, height, width]</c>.</param>
    /// <param name="vertical"><c>[o, i, r, height]</c>.</param>
    /// <param name="horizontal"><c>[o, i, r, width]</c>.</param>
    /// <param name="stride">Step down and across; each filter takes that of its own axis.</param>
    /// <param name="padding">Zeros above and below, left and right.</param>
    /// <returns><c>[batch, o, …]</c>, without a bias.</returns>
    public static Tensor TwoWay(Tensor input, Tensor vertical, Tensor horizontal, IReadOnlyList<long> stride, IReadOnlyList<long> padding)
    {
        ArgumentNullException.ThrowIfNull(vertical);
        ArgumentNullException.ThrowIfNull(stride);
        ArgumentNullException.ThrowIfNull(padding);
        using var scope = NewDisposeScope();
        var maps = functional.conv2d(input, ByInput(vertical).unsqueeze(-1), null, [stride[0], 1], [padding[0], 0], [1, 1], vertical.shape[1]);
        maps = functional.conv2d(maps, ByInput(horizontal).unsqueeze(-2), null, [1, stride[1]], [0, padding[1]], [1, 1], maps.shape[1]);
        return Sum(maps, vertical).MoveToOuterDisposeScope();
    }

    /// <summary>The same along three axes.</summary>
    /// <param name="input"><c>[batch, i, time, height, width]</c>.</param>
    /// <param name="time"><c>[o, i, r, time]</c>.</param>
    /// <param name="vertical"><c>[o, i, r, height]</c>.</param>
    /// <param name="horizontal"><c>[o, i, r, width]</c>.</param>
    /// <param name="stride">Step in time, down and across.</param>
    /// <param name="padding">Zeros before and after, above and below, left and right.</param>
    public static Tensor ThreeWay(Tensor input, Tensor time, Tensor vertical, Tensor horizontal, IReadOnlyList<long> stride, IReadOnlyList<long> padding)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(stride);
        ArgumentNullException.ThrowIfNull(padding);
        using var scope = NewDisposeScope();
        var maps = functional.conv3d(input, ByInput(time).unsqueeze(-1).unsqueeze(-1), null, [stride[0], 1, 1], [padding[0], 0, 0], [1, 1, 1], time.shape[1]);
        maps = functional.conv3d(maps, ByInput(vertical).unsqueeze(-2).unsqueeze(-1), null, [1, stride[1], 1], [0, padding[1], 0], [1, 1, 1], maps.shape[1]);
        maps = functional.conv3d(maps, ByInput(horizontal).unsqueeze(-2).unsqueeze(-2), null, [1, 1, stride[2]], [0, 0, padding[2]], [1, 1, 1], maps.shape[1]);
        return Sum(maps, time).MoveToOuterDisposeScope();
    }

    /// <summary>A filter over the channels to o·r maps, a vertical and a horizontal one on each, and the sum.</summary>
    /// <param name="input"><c>[batch, i, height, width]</c>.</param>
    /// <param name="channel"><c>[o, r, i]</c>.</param>
    /// <param name="vertical"><c>[o, r, height]</c>.</param>
    /// <param name="horizontal"><c>[o, r, width]</c>.</param>
    /// <param name="stride">Step down and across.</param>
    /// <param name="padding">Zeros above and below, left and right.</param>
    public static Tensor Shared(Tensor input, Tensor channel, Tensor vertical, Tensor horizontal, IReadOnlyList<long> stride, IReadOnlyList<long> padding)
    {
        ArgumentNullException.ThrowIfNull(channel);
        ArgumentNullException.ThrowIfNull(vertical);
        ArgumentNullException.ThrowIfNull(horizontal);
        ArgumentNullException.ThrowIfNull(stride);
        ArgumentNullException.ThrowIfNull(padding);
        using var scope = NewDisposeScope();
        var maps = functional.conv2d(input, channel.flatten(0, 1).unsqueeze(-1).unsqueeze(-1));
        maps = functional.conv2d(maps, vertical.flatten(0, 1).unsqueeze(1).unsqueeze(-1), null, [stride[0], 1], [padding[0], 0], [1, 1], maps.shape[1]);
        maps = functional.conv2d(maps, horizontal.flatten(0, 1).unsqueeze(1).unsqueeze(1), null, [1, stride[1]], [0, padding[1]], [1, 1], maps.shape[1]);
        return maps.reshape([maps.shape[0], channel.shape[0], channel.shape[1], .. maps.shape[2..]]).sum(2).MoveToOuterDisposeScope();
    }

    // One row a map, the maps of an input beside each other, as a convolution in groups wants them: [i·o·r, 1, k].
    private static Tensor ByInput(Tensor filters) => filters.transpose(0, 1).flatten(0, 2).unsqueeze(1);

    private static Tensor Sum(Tensor maps, Tensor filters) => maps.reshape([maps.shape[0], filters.shape[1], filters.shape[0], filters.shape[2], .. maps.shape[2..]]).sum([1, 3]);
}
