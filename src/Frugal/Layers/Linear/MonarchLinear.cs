using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A linear layer whose weight is a Monarch matrix, <c>[…, inFeatures]</c> to <c>[…, outFeatures]</c>: two block-diagonal factors with as many blocks in both,
/// between which the values are transposed (Dao et al. 2022, section 3). Weight names as in the authors' code: <c>blkdiag1</c>, <c>blkdiag2</c>, <c>bias</c>.
/// </summary>
[Entry("monarch-linear", Paper = "monarch")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["monarch", "monarch-to-dense"], ChangesShapes = true, PackedForm = "monarch")]
public sealed class MonarchLinear : Layer
{
    private Parameter blkdiag1, blkdiag2;
    private Parameter? bias;
    private readonly long extendedIn, extendedOut;

    /// <param name="inFeatures">Width of the input; filled up with zeros to a multiple of the blocks.</param>
    /// <param name="outFeatures">Width of the output; cut from a multiple of the blocks.</param>
    /// <param name="numBlocks">Number of blocks of each factor; 2 to 4 in the paper, where a layer keeps 25 to 50 % of its parameters.</param>
    /// <param name="hasBias">True when a bias is added to the output.</param>
    public MonarchLinear(
        [Range(1, 10_000_000)] long inFeatures, [Range(1, 10_000_000)] long outFeatures, [Range(1, 65_536)] int numBlocks = 4, bool hasBias = true)
        : this(inFeatures, outFeatures, hasBias, Fresh(inFeatures, outFeatures, numBlocks, hasBias, null))
    {
    }

    private MonarchLinear(long inFeatures, long outFeatures, bool hasBias, Weights weights) : base(nameof(MonarchLinear))
    {
        (InFeatures, OutFeatures, NumBlocks, HasBias) = (inFeatures, outFeatures, (int)weights.Blkdiag1.shape[0], hasBias);
        (blkdiag1, blkdiag2, bias) = weights;
        (extendedIn, extendedOut) = (NumBlocks * blkdiag1.shape[2], NumBlocks * blkdiag2.shape[1]);
        RegisterComponents();
    }

    /// <summary>Width of the input; filled up with zeros to a multiple of the blocks.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output; cut from a multiple of the blocks.</summary>
    public long OutFeatures { get; }

    /// <summary>Number of blocks of each factor; 2 to 4 in the paper, where a layer keeps 25 to 50 % of its parameters.</summary>
    public int NumBlocks { get; }

    /// <summary>True when a bias is added to the output.</summary>
    public bool HasBias { get; }

    /// <summary>The bias <c>[outFeatures]</c>, or null.</summary>
    public Tensor? Bias => bias;

    /// <summary>A layer with fresh weights from a generator instead of libtorch's own: every block and the bias uniform within 1 / √fan-in, as a linear layer's.</summary>
    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="numBlocks">Number of blocks of each factor.</param>
    /// <param name="hasBias">True when a bias is added to the output.</param>
    /// <param name="generator">Where the numbers come from.</param>
    public static MonarchLinear Create(long inFeatures, long outFeatures, int numBlocks, bool hasBias, Generator generator) =>
        new(inFeatures, outFeatures, hasBias, Fresh(inFeatures, outFeatures, numBlocks, hasBias, generator));

    /// <summary>The layer nearest to a dense one: its weight projected in double precision, its bias kept.</summary>
    /// <param name="weight"><c>[outFeatures, inFeatures]</c>.</param>
    /// <param name="bias"><c>[outFeatures]</c>, or null for none.</param>
    /// <param name="numBlocks">Number of blocks of each factor.</param>
    public static MonarchLinear Project(Tensor weight, Tensor? bias, int numBlocks)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        long outFeatures = weight.shape[0], inFeatures = weight.shape[1];
        var (first, second) = Shapes(inFeatures, outFeatures, numBlocks);
        // Zeros in the rows that are cut and the columns that are filled up leave the singular values of what remains as they are.
        var whole = functional.pad(weight.detach().to(float64), [0, numBlocks * first[2] - inFeatures, 0, numBlocks * second[1] - outFeatures]);
        var (blkdiag1, blkdiag2) = MonarchMath.Project(whole, numBlocks, numBlocks, first[1]);
        return new(inFeatures, outFeatures, bias is not null, new(
            DenseLayer.ParameterOf(blkdiag1.to(weight.dtype)), DenseLayer.ParameterOf(blkdiag2.to(weight.dtype)), bias is null ? null : DenseLayer.ParameterOf(bias)));
    }

    /// <summary>The weight of the dense layer that computes the same, <c>[outFeatures, inFeatures]</c>.</summary>
    public Tensor DenseWeight()
    {
        using var scope = NewDisposeScope();
        return MonarchMath.DenseWeight(blkdiag1, blkdiag2).narrow(0, 0, OutFeatures).narrow(1, 0, InFeatures).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var shape = input.shape;
        if (shape.Length == 0 || shape[^1] != InFeatures)
            throw new FrugalException($"{nameof(MonarchLinear)} takes inputs of width {InFeatures} and got [{string.Join(", ", shape)}]");
        using var scope = NewDisposeScope();
        var rows = input.reshape(-1, InFeatures);
        if (InFeatures < extendedIn)
            rows = functional.pad(rows, [0, extendedIn - InFeatures]);
        var added = bias is not null && OutFeatures < extendedOut ? functional.pad(bias, [0, extendedOut - OutFeatures]) : bias;
        var output = MonarchMath.Multiply(rows, blkdiag1, blkdiag2, added);
        if (OutFeatures < extendedOut)
            output = output.narrow(1, 0, OutFeatures).contiguous();
        shape[^1] = OutFeatures;
        return output.view(shape).MoveToOuterDisposeScope();
    }

    private static Weights Fresh(long inFeatures, long outFeatures, int numBlocks, bool hasBias, Generator? generator)
    {
        var (first, second) = Shapes(inFeatures, outFeatures, numBlocks);
        return new(Uniform(first, first[2], generator), Uniform(second, second[2], generator), hasBias ? Uniform([outFeatures], outFeatures, generator) : null);
    }

    private static (long[] Blkdiag1, long[] Blkdiag2) Shapes(long inFeatures, long outFeatures, int numBlocks) => MonarchMath.FactorShapes(
        Guard.Between(inFeatures, 1, 10_000_000, nameof(inFeatures)), Guard.Between(outFeatures, 1, 10_000_000, nameof(outFeatures)),
        Guard.Between(numBlocks, 1, 65_536, nameof(numBlocks)));

    private static Parameter Uniform(long[] shape, long fanIn, Generator? generator)
    {
        using var scope = NewDisposeScope();
        double bound = 1 / Math.Sqrt(fanIn);
        return DenseLayer.ParameterOf(empty(shape).uniform_(-bound, bound, generator));
    }

    private readonly record struct Weights(Parameter Blkdiag1, Parameter Blkdiag2, Parameter? Bias);
}
