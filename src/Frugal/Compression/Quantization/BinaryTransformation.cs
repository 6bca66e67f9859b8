using Frugal.Catalogue;
using Frugal.Compression.Quantization;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Native;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Compression;

/// <summary>
/// Makes a transformer binary, beginning with the weights that it has (Xing et al. 2024, BiPFT, arXiv 2312.08937): attention on signs with maps of low rank for what these lose, linear layers of the blocks,
/// and a table of words of signs. Train afterwards, or let <c>bipft</c> do both.
/// </summary>
[Entry("binary-transformer", Paper = "bipft")]
[Capabilities(WorksOn = ["SelfAttention", "Linear"], CombinesWith = ["train", "bipft", "pack"], NeedsData = true, ChangesShapes = true, PackedForm = "binary")]
public sealed class BinaryTransformation : LayerStep
{
    // One batch sets the steps, as in the paper.
    private const int NumExamples = 32;

    /// <summary>Rank ρ of the maps that stand for what attention on signs loses; 0 for none, the paper's BiPFT-A.</summary>
    [Range(0, 4096)]
    [Shorthand]
    public int EstimatorRank { get; init => field = Guard.Between(value, 0, 4096); } = 1;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No part is chosen, or one cannot be replaced; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var stream = new KeptRandomState();
        using var generator = subject.Random.TorchAt("binary-transformer", subject.History.Count);
        var layers = BinaryTransformer.Of(subject.Model, Selection, EstimatorRank, generator);
        if (layers.Count == 0)
            throw new FrugalException($"binary-transformer finds no part of {subject.Model.GetName()} that could become binary: heads and classifiers stay as they are");
        var exchange = new LayerExchange(subject.Model, layers);
        try
        {
            BinaryCalibration.Run(subject.Model, layers.Select(layer => layer.Replacement), CalibrationExamples.Of(subject.Data.Train, NumExamples, subject.Random)[0].to(subject.Device));
        }
        catch
        {
            exchange.Undo();
            throw;
        }
        exchange.Settle();
        return subject;
    }
}
