using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>The windows that a convolution looks through. Entries of a window are in the order channel, row, column.</summary>
internal sealed record KanWindow(long InChannels, IReadOnlyList<long> KernelSize, IReadOnlyList<long> Stride, IReadOnlyList<long> Padding, IReadOnlyList<long> Dilation)
{
    /// <summary>Entries of a window.</summary>
    public long NumEntries => InChannels * KernelSize[0] * KernelSize[1];

    /// <summary>The image with zeros around it, which functions are taken of like any other number.</summary>
    public Tensor Pad(Tensor image) => functional.pad(image, [Padding[1], Padding[1], Padding[0], Padding[0]]);

    /// <summary>The windows of a padded image, <c>[batch · places, entries]</c>.</summary>
    public Tensor Rows(Tensor padded)
    {
        var entries = new List<Tensor>();
        for (long row = 0; row < KernelSize[0]; row++)
            for (long column = 0; column < KernelSize[1]; column++)
                entries.Add(Every(Every(padded, 0, row), 1, column));
        // [batch, channels, entries of one channel, height, width]
        return stack(entries, 2).permute(0, 3, 4, 1, 2).reshape(-1, NumEntries);
    }

    /// <summary>Rows of outputs as an image, <c>[batch, outputs, height, width]</c>.</summary>
    /// <param name="rows"><c>[batch · places, outputs]</c>.</param>
    /// <param name="padded">The image that the windows are of.</param>
    public Tensor Image(Tensor rows, Tensor padded) => rows.reshape(padded.shape[0], Side(padded, 0), Side(padded, 1), rows.shape[1]).permute(0, 3, 1, 2);

    /// <summary>Weights of each entry's n functions, <c>[outputs, entries, n]</c>, as a kernel over maps of them, <c>[outputs, channels · n, height, width]</c>.</summary>
    public Tensor Kernel(Tensor weights) =>
        weights.reshape(weights.shape[0], InChannels, KernelSize[0], KernelSize[1], weights.shape[2]).permute(0, 1, 4, 2, 3).flatten(1, 2);

    /// <summary>The convolution with a kernel over maps of a padded image.</summary>
    public Tensor Convolve(Tensor maps, Tensor kernel)
    {
        // See MiscomputedConvolutions: maps of zeros fill a ragged number of channels up.
        const long Block = MiscomputedConvolutions.Block;
        long missing = (Block - maps.shape[1] % Block) % Block;
        if (missing > 0 && maps.shape[1] > Block)
            (maps, kernel) = (functional.pad(maps, [0, 0, 0, 0, 0, missing]), functional.pad(kernel, [0, 0, 0, 0, 0, missing]));
        return functional.conv2d(maps, kernel, null, [.. Stride], null, [.. Dilation]);
    }

    // Places of the window along an axis.
    private long Side(Tensor padded, int axis) => (padded.shape[2 + axis] - Dilation[axis] * (KernelSize[axis] - 1) - 1) / Stride[axis] + 1;

    // What an entry of the window sees at all its places along an axis.
    private Tensor Every(Tensor image, int axis, long entry)
    {
        long first = entry * Dilation[axis];
        return image.slice(2 + axis, first, first + (Side(image, axis) - 1) * Stride[axis] + 1, Stride[axis]);
    }
}
