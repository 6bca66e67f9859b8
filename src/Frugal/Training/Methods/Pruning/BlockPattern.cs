using System.Globalization;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>
/// Which weights are pruned together: each by itself (<c>unstructured</c>), blocks of neighbouring outputs and inputs (<c>4x1</c>, <c>4x4</c>), all weights of an output (<c>filter</c>), or all of an
/// input (<c>channel</c>).
/// </summary>
/// <param name="Outputs">Outputs in a block; 0 for all of them.</param>
/// <param name="Inputs">Inputs in a block, places of a convolution's kernel counting as inputs; 0 for all of them.</param>
/// <remarks>
/// A block lets a kernel load every activation once for all of its outputs, which doubles the speed at equal sparsity. What does not fill a last block forms a smaller one. Whole filters and channels
/// that are zero can be removed, see the step <c>channel-pruning</c>.
/// </remarks>
public readonly record struct BlockPattern(int Outputs, int Inputs = 1)
{
    private const int LargestSide = 64;

    /// <summary>Every weight by itself.</summary>
    public static readonly BlockPattern Unstructured = new(1);

    /// <summary>Four neighbouring outputs share their positions.</summary>
    public static readonly BlockPattern FourByOne = new(4);

    /// <summary>All weights of an output: a filter of a convolution, a unit of a linear layer.</summary>
    public static readonly BlockPattern Filter = new(1, 0);

    /// <summary>All weights of an input: with every place of a convolution's kernel, over all outputs.</summary>
    public static readonly BlockPattern Channel = new(0, 1);

    /// <summary>Reads <c>unstructured</c>, <c>4x1</c>, <c>filter</c> or <c>channel</c>.</summary>
    /// <exception cref="FormatException">The text is none of these, or the block is too large.</exception>
    public static BlockPattern Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text switch
        {
            "unstructured" => Unstructured,
            "filter" => Filter,
            "channel" => Channel,
            _ when text.Split('x') is [var outputs, var inputs] && Side(outputs) is { } height && Side(inputs) is { } width => new(height, width),
            _ => throw new FormatException(
                $"'{text}' is not a block pattern: write unstructured, filter, channel, or outputs and inputs of a block as in 4x1 or 4x4, each up to {LargestSide}"),
        };
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() =>
        this == Unstructured ? "unstructured" : this == Filter ? "filter" : this == Channel ? "channel" : $"{Outputs}x{Inputs}";

    /// <summary>Root mean square of every block: for single weights their magnitude.</summary>
    /// <param name="weights"><c>[outputs, ...]</c>.</param>
    /// <returns>A vector with one entry a block, blocks of the first outputs first.</returns>
    public Tensor Scores(Tensor weights) =>
        this == Unstructured ? weights.abs().flatten() : Sums(weights.pow(2), weights.shape).div_(Sizes(weights)).sqrt_();

    /// <summary>Number of weights in each block, in the order of <see cref="Scores"/>.</summary>
    /// <param name="weights"><c>[outputs, ...]</c>.</param>
    public Tensor Sizes(Tensor weights) => this == Unstructured ? ones_like(weights).flatten() : Sums(ones_like(weights), weights.shape);

    /// <summary>Spreads one value a block over the weights of the block.</summary>
    /// <param name="blocks">A vector as <see cref="Scores"/> gives it.</param>
    /// <param name="shape">Shape of the weights.</param>
    public Tensor Spread(Tensor blocks, long[] shape)
    {
        if (this == Unstructured)
            return blocks.reshape(shape);
        var (rows, columns, height, width) = Grid(shape);
        var (down, across) = ((rows + height - 1) / height, (columns + width - 1) / width);
        return blocks.reshape(down, across).repeat_interleave(height, 0).narrow(0, 0, rows).repeat_interleave(width, 1).narrow(1, 0, columns).reshape(shape);
    }

    /// <summary>The sum over each block, as a vector.</summary>
    private Tensor Sums(Tensor weights, long[] shape)
    {
        var (rows, columns, height, width) = Grid(shape);
        var (down, across) = ((rows + height - 1) / height, (columns + width - 1) / width);
        var padded = nn.functional.pad(weights.reshape(rows, columns), [0, across * width - columns, 0, down * height - rows]);
        return padded.reshape(down, height, across, width).sum([1, 3]).flatten();
    }

    /// <summary>The weights as a matrix, and the sides of a block in it. A channel has the places of the kernel as its width.</summary>
    private (long Rows, long Columns, long Height, long Width) Grid(long[] shape)
    {
        long columns = shape.Skip(1).Aggregate(1L, (product, length) => product * length), places = shape.Skip(2).Aggregate(1L, (product, length) => product * length);
        return (shape[0], columns, Outputs == 0 ? shape[0] : Outputs, Inputs == 0 ? columns : Outputs == 0 ? Inputs * places : Inputs);
    }

    private static int? Side(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side is >= 1 and <= LargestSide ? side : null;
}
