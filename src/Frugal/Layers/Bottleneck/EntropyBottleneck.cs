using Frugal.Catalogue;
using Frugal.Kernels;
using Frugal.Layers.Surgery;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Rounds a latent to whole numbers of which it knows the probabilities, so that they can be coded into few bytes; <c>[batch, channels, height, width]</c> to the same (Ballé et al. 2018, arXiv 1802.01436). In
/// training it adds uniform noise instead of rounding. Weight names as in CompressAI, with the tables of the coder under <c>tables</c>.
/// </summary>
[Entry("entropy-bottleneck", Paper = "entropic-student")]
public sealed class EntropyBottleneck : Layer
{
    private const double LeastLikelihood = 1e-9, TailMass = 1e-9, InitialReach = 10;
    private readonly CumulativeLogits logits;
    private readonly ParameterList matrices, biases, factors;
    private readonly Parameter quantiles;
    private Module<Tensor, Tensor> tables;

    /// <param name="channels">Channels of the latent; each has a distribution of its own.</param>
    public EntropyBottleneck([Range(1, 65_536)] long channels) : base(nameof(EntropyBottleneck))
    {
        Channels = Guard.Between(channels, 1, 65_536, nameof(channels));
        logits = new CumulativeLogits(channels);
        (matrices, biases, factors) = (logits.Matrices, logits.Biases, logits.Factors);
        using var scope = NewDisposeScope();
        quantiles = DenseLayer.ParameterOf(tensor(new[] { -InitialReach, 0, InitialReach }, float32).reshape(1, 1, 3).repeat(channels, 1, 1));
        tables = new CodingTables(channels, 0);
        RegisterComponents();
    }

    /// <summary>Channels of the latent.</summary>
    public long Channels { get; }

    /// <summary>True to round in training too: once what comes before is not trained any more.</summary>
    public bool Rounds { get; internal set; }

    /// <summary>True when the tables of the coder were made from the distributions.</summary>
    public bool HasTables => ((CodingTables)tables).Size > 0;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        return (training && !Rounds ? input + (rand_like(input) - 0.5) : (input - Medians).round() + Medians).MoveToOuterDisposeScope();
    }

    /// <summary>Probability of each value of a latent that has passed, of its shape.</summary>
    public Tensor Likelihood(Tensor passed)
    {
        ArgumentNullException.ThrowIfNull(passed);
        using var scope = NewDisposeScope();
        var rows = passed.permute(1, 0, 2, 3);
        var likelihood = LowerBound.Of(logits.Likelihood(rows.reshape(Channels, 1, -1)), LeastLikelihood);
        return likelihood.reshape(rows.shape).permute(1, 0, 2, 3).MoveToOuterDisposeScope();
    }

    /// <summary>Bits that a latent that has passed takes, a scalar: the sum of <c>-log2</c> of the likelihoods.</summary>
    public Tensor Bits(Tensor passed)
    {
        using var scope = NewDisposeScope();
        return (Likelihood(passed).log2().sum().neg()).MoveToOuterDisposeScope();
    }

    /// <summary>How far the quantiles are from where the tails begin and the median is; its gradient reaches the quantiles alone.</summary>
    public Tensor AuxiliaryLoss()
    {
        using var scope = NewDisposeScope();
        return (logits.At(quantiles, isFrozen: true) - Targets).abs().sum().MoveToOuterDisposeScope();
    }

    /// <summary>Finds the quantiles by bisection and makes the tables of the coder; to be called when the distributions are trained.</summary>
    /// <exception cref="FrugalException">A channel spreads so far that its table would have more entries than the coder has.</exception>
    public void MakeTables()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        quantiles.copy_(Bisection.Solve(values => logits.At(values), Targets.expand(Channels, 1, 3)));
        ModuleSurgery.Replace(this, nameof(tables), TablesNow());
    }

    /// <summary>The tables of the distributions and quantiles as they are.</summary>
    internal CodingTables TablesNow()
    {
        using var mode = no_grad();
        return CodingTables.Of(logits, quantiles);
    }

    /// <summary>The whole numbers that stand for a latent <c>[1, channels, height, width]</c>, channel by channel.</summary>
    public int[] Symbols(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        return [.. (latent - Medians).round().to(int32).cpu().contiguous().data<int>()];
    }

    /// <summary>The latent that whole numbers stand for, <c>[1, channels, height, width]</c>.</summary>
    public Tensor Latent(int[] symbols, long height, long width)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        return (tensor(symbols, quantiles.dtype, quantiles.device).reshape(1, Channels, height, width) + Medians).MoveToOuterDisposeScope();
    }

    /// <summary>The bytes of a latent <c>[1, channels, height, width]</c>.</summary>
    /// <exception cref="FrugalException">There are no tables yet.</exception>
    public byte[] Compress(Tensor latent) => RangeCoder.Encode(Symbols(latent), ((CodingTables)tables).Read());

    /// <summary>The latent that bytes stand for, exactly as <see cref="forward"/> rounds it.</summary>
    /// <param name="bytes">From <see cref="Compress"/>; they need not be trusted.</param>
    /// <param name="height">Height of the latent.</param>
    /// <param name="width">Width of the latent.</param>
    /// <exception cref="FrugalException">There are no tables yet, or the bytes are broken.</exception>
    public Tensor Decompress(ReadOnlySpan<byte> bytes, long height, long width)
    {
        var symbols = new int[checked(Channels * height * width)];
        RangeCoder.Decode(bytes, ((CodingTables)tables).Read(), symbols);
        return Latent(symbols, height, width);
    }

    private Tensor Medians => quantiles.detach().select(2, 1).reshape(1, Channels, 1, 1);

    private static Tensor Targets
    {
        get
        {
            double tail = Math.Log(2 / TailMass - 1);
            return tensor(new[] { -tail, 0, tail }, float32).reshape(1, 1, 3);
        }
    }
}
