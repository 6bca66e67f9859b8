using Frugal.Catalogue;
using Frugal.Compression.Quantization;
using Frugal.Kernels;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static System.FormattableString;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression.Packing;

/// <summary>
/// Packs the experts of each mixture, which then run as one call of Frugal's kernels: rows sorted by expert, the weights of each expert that was chosen read once. Mixtures with which the network would not be faster
/// stay as they are and are named. The last step that changes a model: packed experts cannot be trained.
/// </summary>
[Entry("pack-experts")]
[Capabilities(WorksOn = ["MixtureOfExperts"], CombinesWith = ["upcycle", "train"], NeedsData = true, ChangesShapes = true)]
public sealed class PackExperts : Step
{
    private const int NumExamples = 16;

    private readonly IReadOnlyList<int> batchSizes = [1, 32];

    /// <summary>Batch sizes at all of which the network must be faster.</summary>
    public IReadOnlyList<int> BatchSizes
    {
        get => batchSizes;
        init => batchSizes = value.Count > 0
            ? [.. value.Select(size => Guard.Between(size, 1, 65_536, nameof(BatchSizes)))]
            : throw new ArgumentOutOfRangeException(nameof(BatchSizes), value, "BatchSizes must name at least one batch size");
    }

    /// <summary>Largest error of the network's outputs, as a part of their size, on training examples. 0 keeps floating point; 8-bit experts lose about 0.01.</summary>
    [Range(0, 1)]
    public double MaxError { get; init => field = Guard.Between(value, 0, 1); }

    /// <inheritdoc/>
    public override bool IsTimed => true;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no mixture of experts, or is not on the CPU, where the kernels run.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = subject.Model;
        if (subject.Device.type != DeviceType.CPU)
            throw new FrugalException($"pack-experts makes a model for the CPU, but this one is on {subject.Device}; run the recipe with --device cpu.");
        var layers = LayerSelection.All.Of<MixtureOfExperts>(model);
        if (layers.Count == 0)
            throw new FrugalException($"pack-experts finds no mixture of experts in {model.GetName()}; upcycle puts one in the place of each feed-forward block.");
        bool wasTraining = model.training;
        model.eval();
        using var scope = NewDisposeScope();
        var examples = CalibrationExamples.Of(subject.Data.Train, NumExamples, subject.Random)[0];
        foreach (var (path, layer) in layers)
            subject.Report(new RunEvent.Note($"{path}: {Pack(subject, path, layer, examples)}."));
        model.train(wasTraining);
        return subject;
    }

    private string Pack(Subject subject, string path, MixtureOfExperts layer, Tensor examples)
    {
        if (layer.Experts.FirstOrDefault(expert => !IsPackable(expert)) is { } other)
            return $"stays as it is: a {((Module)other).GetName()} among its experts is not two dense layers with ReLU, GELU or SiLU between";
        var network = new WholeNetwork(subject.Model);
        string reason = "no form was tried";
        foreach (bool isInt8 in MaxError > 0 ? new[] { true, false } : [false])
        {
            var unit = new PackedUnit([], [.. layer.Experts.Select((expert, i) => ($"{path}.experts.{i}", (Module)Chain(expert, isInt8)))], $"{path}.experts.0", null);
            double error = RelativeError.Of(network.Output([unit], examples), network.Output([], examples));
            double[] gains = [.. BatchSizes.Select(size =>
            {
                var (without, with) = network.Time([unit], examples.repeat([(size + NumExamples - 1) / NumExamples, .. Enumerable.Repeat(1L, (int)examples.dim() - 1)]).narrow(0, 0, size).contiguous());
                return without / with;
            })];
            string form = isInt8 ? "8-bit experts" : "packed experts";
            if (error <= (isInt8 ? MaxError : Packing.Rounding) && gains.Min() >= Packing.LeastGain)
            {
                foreach (var (_, old) in ModuleSurgery.Exchange(subject.Model, unit.Replacements.ToList()))
                    ModuleSurgery.Free(subject.Model, old);
                return Invariant($"{form}, one call for all: the network runs at {string.Join(" and ", gains.Select(gain => Invariant($"{gain:F2}")))} times its speed at batch sizes {string.Join(" and ", BatchSizes)}, error {error:0.#e+0}");
            }
            reason = Invariant($"with {form} the network would run at {gains.Min():F2} times its speed, with an error of {error:0.#e+0}");
            foreach (var (_, replacement) in unit.Replacements)
                replacement.Dispose();
        }
        return $"stays as it is: {reason}";
    }

    private static bool IsPackable(Module expert) =>
        expert is FeedForward && ModuleSurgery.Find(expert, "fc1") is Linear && ModuleSurgery.Find(expert, "fc2") is Linear && SpanOperators.ActivationOf(ModuleSurgery.Find(expert, "act")) is not null;

    internal static PackedChainLayer Chain(Module expert, bool isInt8)
    {
        var chain = PackedChainLayer.Of([Packed("fc1"), SpanOperators.Copy(ModuleSurgery.Find(expert, "act")), Packed("fc2")]);
        chain.eval();
        return chain;

        PackedLinearLayer Packed(string name)
        {
            var linear = (Linear)ModuleSurgery.Find(expert, name);
            float[] values = PlainNumbers.Of(linear.weight!);
            var (outFeatures, inFeatures) = ((int)linear.out_features, (int)linear.in_features);
            IPackedLinear packed = isInt8 ? PackedInt8.Pack(values, outFeatures, inFeatures) : PackedDense.Pack(values, outFeatures, inFeatures);
            return PackedLinearLayer.Of(packed, linear.bias);
        }
    }
}
