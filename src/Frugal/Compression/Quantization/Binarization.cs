using Frugal.Catalogue;
using Frugal.Compression.Quantization;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Linear = TorchSharp.Modules.Linear;

namespace Frugal.Compression;

/// <summary>
/// Makes linear layers binary, weights and inputs, beginning with the weights that they have (Xing et al. 2024, BiPFT, arXiv 2312.08937). Train afterwards: signs alone lose much, and the weights
/// behind them are still there to be trained. <c>pack</c> then leaves a bit for each.
/// </summary>
[Entry("binary")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["train", "pack"], NeedsData = true, ChangesShapes = true, PackedForm = "binary")]
public sealed class Binarization : LayerStep
{
    // One batch sets the steps, as in the paper.
    private const int NumExamples = 32;

    /// <summary>Rank of a term in floating point beside each binary product; 0 for none.</summary>
    [Range(0, 65_536)]
    public int Rank { get; init => field = Guard.Between(value, 0, 65_536); }

    /// <summary>True when the classifying layer takes part as well.</summary>
    public bool IncludeClassifier { get; init; }

    /// <summary>Begins with inputs centred on their means. By default the learned shift begins at zero as in the paper, whose inputs are normalised; behind a ReLU signs then say nothing until it has moved.</summary>
    public bool CentersInputs { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or one cannot be replaced; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var chosen = SelectionIn(subject.Model, IncludeClassifier).Of<Linear>(subject.Model).Where(layer => layer.Layer.GetType() == typeof(Linear)).ToList();
        if (chosen.Count == 0)
            throw new FrugalException($"binary finds no linear layer in {subject.Model.GetName()}: the classifier takes part only if asked for (include-classifier)");
        using var stream = new KeptRandomState();
        List<BinaryLinear> layers = [.. chosen.Select(layer => BinaryLinear.Of(layer.Layer, Rank).to(layer.Layer.weight!.device))];
        ModuleSurgery.ReplaceAll(subject.Model, [.. chosen.Zip(layers, (old, layer) => (old.Path, (Module)layer))]);
        BinaryCalibration.Run(subject.Model, layers, CalibrationExamples.Of(subject.Data.Train, NumExamples, subject.Random)[0].to(subject.Device), CentersInputs);
        return subject;
    }
}
