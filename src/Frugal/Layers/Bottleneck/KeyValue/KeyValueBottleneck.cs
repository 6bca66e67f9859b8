using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Looks a value up for the nearest key of each of many codebooks, <c>[…, dim]</c> to <c>[…, outDim]</c> (Träuble et al. 2023). Keys stay, values are trained, and an input changes only the values it looks up: what
/// other inputs stored is not forgotten. Names: <c>codebooks.rand_proj</c>, <c>codebooks.keys</c> and their averages, which are buffers; <c>values</c> <c>[codebooks, keys, width]</c>; <c>decoder</c> where there is one.
/// </summary>
/// <remarks>
/// Train it by gradient descent without momentum and weight decay, which would move values that were not looked up. The mean divides gradients by the number of codebooks, so the learning rate must be larger by it.
/// No gradient passes to the input.
/// </remarks>
[Entry("key-value-bottleneck", Paper = "dkvb")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["key-value-head", "class-incremental"], ChangesShapes = true)]
public sealed class KeyValueBottleneck : Layer
{
    private DiscreteKeys codebooks;
    private Parameter values;
    private Module<Tensor, Tensor>? decoder;

    /// <param name="dim">Width of the input.</param>
    /// <param name="outDim">Width of the output, e.g. the number of classes.</param>
    /// <param name="numCodebooks">How many codebooks there are, C.</param>
    /// <param name="numKeys">How many keys a codebook has, K.</param>
    /// <param name="keyDim">Width of a key; where the input is split it is dim ÷ codebooks instead.</param>
    /// <param name="projection">How a head for each codebook is made of the input.</param>
    /// <param name="decoder">How values become the output.</param>
    /// <param name="valueDim">Width of a value before a decoder network; without one it is the output's.</param>
    /// <param name="hiddenDim">Units of the decoder network's hidden layer.</param>
    /// <param name="initialDeviation">Standard deviation of the values at the start.</param>
    /// <param name="poolsPositions">True to average what is looked up over all axes between the first and the last, e.g. the tokens of a sequence.</param>
    /// <exception cref="FrugalException">The input cannot be split into as many equal parts.</exception>
    public KeyValueBottleneck(
        [Range(1, 1e6)] long dim, [Range(1, 1e6)] long outDim, [Range(1, 65_536)] long numCodebooks = 64, [Range(1, 1e6)] long numKeys = 64, [Range(1, 65_536)] long keyDim = 8,
        KeyProjection projection = KeyProjection.Random, ValueDecoder decoder = ValueDecoder.Mean, [Range(1, 1e6)] long valueDim = 16, [Range(1, 1e6)] long hiddenDim = 64, [Range(0, 1000)] double initialDeviation = 0,
        bool poolsPositions = false) : base(nameof(KeyValueBottleneck))
    {
        OutDim = Guard.Between(outDim, 1, 1_000_000, nameof(outDim));
        ValueDim = Guard.Between(valueDim, 1, 1_000_000, nameof(valueDim));
        HiddenDim = Guard.Between(hiddenDim, 1, 1_000_000, nameof(hiddenDim));
        InitialDeviation = Guard.Between(initialDeviation, 0, 1000, nameof(initialDeviation));
        (Decoder, PoolsPositions) = (decoder, poolsPositions);
        codebooks = new(dim, numCodebooks, numKeys, keyDim, projection);
        using var scope = NewDisposeScope();
        long width = decoder == ValueDecoder.Mean ? outDim : valueDim;
        values = DenseLayer.ParameterOf(InitialDeviation == 0 ? zeros(numCodebooks, numKeys, width) : randn(numCodebooks, numKeys, width) * InitialDeviation);
        if (decoder != ValueDecoder.Mean)
            this.decoder = Sequential(("fc1", Linear(decoder == ValueDecoder.MeanNetwork ? width : width * numCodebooks, hiddenDim)), ("act", ReLU()), ("fc2", Linear(hiddenDim, outDim)));
        RegisterComponents();
    }

    /// <summary>Width of the input.</summary>
    public long Dim => codebooks.Dim;

    /// <summary>Width of the output, e.g. the number of classes.</summary>
    public long OutDim { get; }

    /// <summary>How many codebooks there are, C.</summary>
    public long NumCodebooks => codebooks.NumCodebooks;

    /// <summary>How many keys a codebook has, K.</summary>
    public long NumKeys => codebooks.NumKeys;

    /// <summary>Width of a key; where the input is split it is dim ÷ codebooks instead.</summary>
    public long KeyDim => codebooks.KeyDim;

    /// <summary>How a head for each codebook is made of the input.</summary>
    public KeyProjection Projection => codebooks.Projection;

    /// <summary>How values become the output.</summary>
    public ValueDecoder Decoder { get; }

    /// <summary>Width of a value before a decoder network; without one it is the output's.</summary>
    public long ValueDim { get; }

    /// <summary>Units of the decoder network's hidden layer.</summary>
    public long HiddenDim { get; }

    /// <summary>Standard deviation of the values at the start.</summary>
    public double InitialDeviation { get; }

    /// <summary>True to average what is looked up over all axes between the first and the last.</summary>
    public bool PoolsPositions { get; }

    /// <summary>The codebooks, whose keys <see cref="KeyAverages"/> finds.</summary>
    public DiscreteKeys Codebooks => codebooks;

    /// <summary>The values, <c>[codebooks, keys, width]</c>.</summary>
    public Parameter Values => values;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The input has another width.</exception>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var found = KeyValueMath.Look(values, codebooks.Index(input));
        if (PoolsPositions && found.dim() > 3)
            found = found.mean([.. Enumerable.Range(1, (int)found.dim() - 3).Select(axis => (long)axis)]);
        var memory = Decoder == ValueDecoder.ConcatenatedNetwork ? found.flatten(-2, -1) : found.mean([-2]);
        return (decoder is null ? memory : decoder.call(memory)).MoveToOuterDisposeScope();
    }
}
