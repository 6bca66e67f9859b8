using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Continual;

/// <summary>
/// Puts a discrete key-value bottleneck in the place of a model's classifier (Träuble et al. 2023). Its keys are found on the training examples' features, without their labels, and then stay; only values are trained,
/// by gradient descent without momentum and weight decay, and few of them by an example.
/// </summary>
[Entry("key-value-head", Paper = "dkvb")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["class-incremental", "train"], NeedsData = true, ChangesShapes = true)]
public sealed class KeyValueHead : HeadStep
{
    /// <summary>How many codebooks there are, C.</summary>
    [Range(1, 65_536)]
    public int Codebooks { get; init => field = Guard.Between(value, 1, 65_536); } = 64;

    /// <summary>How many keys a codebook has, K.</summary>
    [Range(1, 1_000_000)]
    public int Keys { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <summary>Width of a key; where features are split it is features ÷ codebooks instead.</summary>
    [Range(1, 65_536)]
    public int KeyDim { get; init => field = Guard.Between(value, 1, 65_536); } = 8;

    /// <summary>How features are brought to the codebooks.</summary>
    public KeyProjection Projection { get; init; } = KeyProjection.Random;

    /// <summary>How keys are found.</summary>
    public KeyAverages Averages { get; init; } = new();

    /// <summary>What is read off the codebooks.</summary>
    public KeyReading Reads { get; init; } = KeyReading.Values;

    /// <summary>How values become logits.</summary>
    public ValueDecoder Decoder { get; init; } = ValueDecoder.Mean;

    /// <summary>Width of a value before a decoder network.</summary>
    [Range(1, 1_000_000)]
    public int ValueDim { get; init => field = Guard.Between(value, 1, 1_000_000); } = 16;

    /// <summary>Units of the decoder network's hidden layer.</summary>
    [Range(1, 1_000_000)]
    public int HiddenDim { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <summary>Standard deviation of the values at the start.</summary>
    [Range(0, 1000)]
    public double InitialDeviation { get; init => field = Guard.Between(value, 0, 1000); }

    private protected override IEnumerable<(string Name, Module<Tensor, Tensor> Layer)> Make(Tensor features, int numClasses, Subject subject)
    {
        long dim = features.shape[1];
        if (Reads == KeyReading.Keys)
        {
            var keys = new DiscreteKeys(dim, Codebooks, Keys, KeyDim, Projection);
            keys.to(features.device, features.dtype);
            Averages.Find(keys, features, subject.Random);
            return [("codebooks", keys), ("fc", Linear(keys.NumCodebooks * keys.HeadDim, numClasses))];
        }
        var bottleneck = new KeyValueBottleneck(dim, numClasses, Codebooks, Keys, KeyDim, Projection, Decoder, ValueDim, HiddenDim, InitialDeviation);
        bottleneck.to(features.device, features.dtype);
        Averages.Find(bottleneck.Codebooks, features, subject.Random);
        return [("bottleneck", bottleneck)];
    }
}
