using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Data.Mixing;
using Frugal.Training.Objectives;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Mixing;

/// <summary>
/// Trains on mixed examples: mixup averages two images (Zhang et al., 2017, arXiv 1710.09412), CutMix pastes a box of one into the other (Yun et al., 2019,
/// arXiv 1905.04899). Targets are mixed alike. Definitions are timm's: the partner of example i of a batch of B is example B-1-i.
/// </summary>
/// <remarks>
/// Label smoothing is taken from the training's <see cref="CrossEntropy"/> and applied where targets are mixed; the loss does not smooth them again.
/// </remarks>
[Entry("mix")]
[Capabilities(CombinesWith = ["gradient-noise", "gradual-pruning"])]
public sealed class Mix : TrainingMethod
{
    private const double Largest = double.PositiveInfinity;

    /// <summary>Mixup alone.</summary>
    [Preset("mixup")]
    public static Mix Mixup => new() { CutmixAlpha = 0 };

    /// <summary>CutMix alone.</summary>
    [Preset("cutmix")]
    public static Mix Cutmix => new() { MixupAlpha = 0 };

    /// <summary>α of mixup's Beta(α, α), from which the weight of an image is drawn; 0 for no mixup.</summary>
    [Range(0, Largest)]
    public double MixupAlpha { get; init => field = Guard.NotNegative(value); } = 0.8;

    /// <summary>α of CutMix's Beta(α, α), from which the box's area is drawn; 0 for no CutMix.</summary>
    [Range(0, Largest)]
    public double CutmixAlpha { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Chance that anything is mixed.</summary>
    [Range(0, 1)]
    public double Probability { get; init => field = Guard.Between(value, 0, 1); } = 1;

    /// <summary>Chance that it is CutMix, where both are on.</summary>
    [Range(0, 1)]
    public double SwitchProbability { get; init => field = Guard.Between(value, 0, 1); } = 0.5;

    /// <summary>For whom strength and kind are drawn: once for the batch, for each pair, or for each example.</summary>
    public MixMode Mode { get; init; } = MixMode.Batch;

    /// <inheritdoc/>
    public override Phase Phase => Phase.Data;

    /// <inheritdoc/>
    public override IEnumerable<string> Claims(Fit fit) => ["targets of the batch"];

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The targets are soft already.</exception>
    public override void OnBatch(Fit fit, ref Batch batch)
    {
        if (batch.Targets.is_floating_point())
            throw new FrugalException("mix needs labels, but the targets of the batch are soft already.");
        var chances = new MixChances { MixupAlpha = MixupAlpha, CutmixAlpha = CutmixAlpha, Probability = Probability, SwitchProbability = SwitchProbability };
        var mixes = chances.Draw(Mode, batch.Count, (int)batch.Inputs.shape[2], (int)batch.Inputs.shape[3], fit.RandomAt("mix"));
        double smoothing = (fit.Options.Objective as CrossEntropy)?.Smoothing ?? 0;
        batch = batch with
        {
            Inputs = BatchMixing.Mix(batch.Inputs, mixes),
            Targets = BatchMixing.Targets(batch.Targets, mixes, fit.Subject.Data.Info.NumClasses, smoothing),
        };
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}
