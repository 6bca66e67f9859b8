using Frugal.Catalogue;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp.Modules;

namespace Frugal.Compression;

/// <summary>
/// Replaces trained linear layers by matrix product operators, tensor trains whose bond dimension sets the compression (Tomut et al. 2024, CompactifAI, arXiv 2401.14109). Train on a little afterwards:
/// that is the healing. Layers that would not shrink stay as they are and are named.
/// </summary>
[Entry("compactifai", Paper = "compactifai")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["train", "freeze", "mpo-to-dense", "mpo-sensitivity", "quantize-int8"], ChangesShapes = true, PackedForm = "mpo")]
public sealed class Compactifai : LayerStep
{
    private const double UsualShare = 0.3;

    /// <summary>Share of its parameters that each layer keeps at most, or all together when they are shared out by sensitivity; null to go by bond or error, or for 0.3 when neither is set.</summary>
    [Range(0, 1, AboveLow = true)]
    [Shorthand]
    public double? Share { get; init => field = value is { } share ? Guard.Positive(Guard.Between(share, 0, 1)) : null; }

    /// <summary>Bond dimension χ of every layer; null to go by share or error.</summary>
    [Range(1, 4096)]
    public long? Bond { get; init => field = value is { } bond ? Guard.Between(bond, 1, 4096) : null; }

    /// <summary>Largest distance to each weight as a part of its norm, τ; null to go by share or bond.</summary>
    [Range(0, 1)]
    public double? Error { get; init => field = value is { } error ? Guard.Between(error, 0, 1) : null; }

    /// <summary>Cores of each layer, n.</summary>
    [Range(2, 6)]
    public int NumCores { get; init => field = Guard.Between(value, 2, 6); } = 2;

    /// <summary>How a share is divided among the layers.</summary>
    public MpoAllocation Allocation { get; init; } = MpoAllocation.Uniform;

    /// <summary>Training or validation examples on which sensitivities are measured.</summary>
    [Range(1, 1_000_000)]
    public int Examples { get; init => field = Guard.Between(value, 1, 1_000_000); } = 512;

    /// <summary>Share of the blocks, from the input on, that stay dense: they tolerate least. Rounded down to whole blocks.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double SparedFirst { get; init => field = Guard.Fraction(value); } = 0.1;

    /// <summary>True when the classifying layer is replaced as well; the paper leaves it dense.</summary>
    public bool IncludeClassifier { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">More than one of share, bond and error is set, a layer cannot have what is asked, or no layer is chosen; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var budget = Budget();
        var layers = Chosen(subject);
        if (Allocation == MpoAllocation.Uniform)
        {
            Mpo.Factorize(subject.Model, _ => budget, NumCores, layers, Note);
            return subject;
        }
        var profile = MpoProfile.Measure(subject, layers, MpoProfile.UsualShares, NumCores, Examples);
        var shares = profile.Assign(Share ?? UsualShare);
        Mpo.Factorize(subject.Model, path => shares[path] < 1 ? MpoBudget.Share(shares[path]) : null, NumCores, layers, Note);
        return subject;

        void Note(string text) => subject.Report(new RunEvent.Note($"compactifai: {text}"));
    }

    private MpoBudget Budget()
    {
        if (new object?[] { Share, Bond, Error }.Count(option => option is not null) > 1)
            throw new FrugalException("compactifai goes by share, by bond or by error; set one of them only");
        if (Allocation == MpoAllocation.Sensitivity && (Bond is not null || Error is not null))
            throw new FrugalException("compactifai shares out parameters by sensitivity; set share, not bond or error, with allocation: sensitivity");
        return Bond is { } bond ? MpoBudget.Bond(bond) : Error is { } error ? MpoBudget.Error(error) : MpoBudget.Share(Share ?? UsualShare);
    }

    private IReadOnlyList<SelectedLayer<Linear>> Chosen(Subject subject)
    {
        var (model, layers) = (subject.Model, SelectionIn(subject.Model, IncludeClassifier).Of<Linear>(subject.Model));
        int[] blocks = [.. layers.Select(layer => model.LayerGroupOf($"{layer.Path}.weight"))];
        int[] spared = [.. blocks.Distinct().Order().Take((int)(SparedFirst * blocks.Distinct().Count()))];
        return [.. layers.Where((_, i) => !spared.Contains(blocks[i]))];
    }
}
