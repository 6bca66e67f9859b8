using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>Makes the parts of cells: for the network in which they are searched, with sparse layers, norms without scales and norms behind pools, or for one that has its cells.</summary>
/// <param name="isSearch">True for the network in which cells are searched.</param>
/// <param name="keepsOne">Whether sparse layers keep one weight where their share is less than that.</param>
internal sealed class CellParts(bool isSearch, bool keepsOne = true)
{
    /// <summary>What an edge computes, <c>[b, c, h, w]</c> to <c>[b, c, ⌈h / stride⌉, ⌈w / stride⌉]</c>.</summary>
    public Module<Tensor, Tensor> Operation(CellOperation operation, long channels, long stride) => operation switch
    {
        CellOperation.MaxPool3 => Pool(MaxPool2d(3, stride, 1), channels),
        CellOperation.AvgPool3 => Pool(AvgPool2d(3, stride, 1, count_include_pad: false), channels),
        CellOperation.SkipConnect => stride == 1 ? Identity() : new FactorizedReduce(this, channels, channels),
        CellOperation.SepConv3 => Separable(channels, 3, stride),
        CellOperation.SepConv5 => Separable(channels, 5, stride),
        CellOperation.DilConv3 => Dilated(channels, 3, stride),
        CellOperation.DilConv5 => Dilated(channels, 5, stride),
        _ => throw new FrugalException("An edge without an operation adds nothing; leave it out of the cell."),
    };

    /// <summary>ReLU, 1x1 convolution and norm: brings what comes into a cell to its width.</summary>
    public Module<Tensor, Tensor> Widen(long inChannels, long outChannels) => new OperationStack(ReLU(), Convolution(inChannels, outChannels, 1), Norm(outChannels));

    /// <summary>What brings the output of the cell before the last to a cell's width, and to its size where the last one halved the image.</summary>
    public Module<Tensor, Tensor> First(long inChannels, long outChannels, bool isHalved) => isHalved ? new FactorizedReduce(this, inChannels, outChannels) : Widen(inChannels, outChannels);

    /// <summary>3x3 convolution and norm.</summary>
    public Module<Tensor, Tensor> Stem(long inChannels, long outChannels) => Sequential(Convolution(inChannels, outChannels, 3, padding: 1), Norm(outChannels));

    /// <summary>A convolution without bias.</summary>
    public Module<Tensor, Tensor> Convolution(long inChannels, long outChannels, long kernel, long stride = 1, long padding = 0, long dilation = 1, long groups = 1) => isSearch
        ? new SparseConv2d(inChannels, outChannels, [kernel], keepShare: 1, keepsOne, [stride], [padding], [dilation], groups, hasBias: false)
        : Conv2d(inChannels, outChannels, kernel, stride, padding, dilation, groups: groups, bias: false);

    /// <summary>A batch norm.</summary>
    public Module<Tensor, Tensor> Norm(long channels) => BatchNorm2d(channels, affine: !isSearch);

    private Module<Tensor, Tensor> Pool(Module<Tensor, Tensor> pool, long channels) => isSearch ? Sequential(pool, Norm(channels)) : pool;

    private OperationStack Separable(long channels, long kernel, long stride) => new(
        ReLU(), Depthwise(channels, kernel, stride, kernel / 2, 1), Convolution(channels, channels, 1), Norm(channels),
        ReLU(), Depthwise(channels, kernel, 1, kernel / 2, 1), Convolution(channels, channels, 1), Norm(channels));

    private OperationStack Dilated(long channels, long kernel, long stride) =>
        new(ReLU(), Depthwise(channels, kernel, stride, kernel - 1, 2), Convolution(channels, channels, 1), Norm(channels));

    private Module<Tensor, Tensor> Depthwise(long channels, long kernel, long stride, long padding, long dilation) =>
        Convolution(channels, channels, kernel, stride, padding, dilation, channels);
}
