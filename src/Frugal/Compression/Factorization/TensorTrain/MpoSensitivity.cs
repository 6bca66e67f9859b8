using System.Globalization;
using System.Text;
using Frugal.Catalogue;
using Frugal.Interop;
using Frugal.Recipes;
using TorchSharp.Modules;

namespace Frugal.Compression;

/// <summary>
/// Measures which layers tolerate a matrix product operator: compresses each alone to several shares, and writes the rise of the loss as a table (<c>sensitivity.csv</c>) and a chart (<c>sensitivity.svg</c>) into
/// the run's folder. The model stays as it is.
/// </summary>
[Entry("mpo-sensitivity", Paper = "compactifai")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["train", "compactifai"], NeedsData = true)]
public sealed class MpoSensitivity : LayerStep
{
    /// <summary>Shares of a layer's parameters that are tried, each above 0 and up to 1.</summary>
    [Range(0, 1, AboveLow = true)]
    public IReadOnlyList<double> Shares
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            Guard.AtLeast(value.Count, 1, nameof(Shares));
            field = [.. value.Select(share => Guard.Positive(Guard.Between(share, 0, 1))).Order()];
        }
    } = MpoProfile.UsualShares;

    /// <summary>Cores of each layer, n.</summary>
    [Range(2, 6)]
    public int NumCores { get; init => field = Guard.Between(value, 2, 6); } = 2;

    /// <summary>Training or validation examples.</summary>
    [Range(1, 1_000_000)]
    public int Examples { get; init => field = Guard.Between(value, 1, 1_000_000); } = 512;

    /// <summary>True when the classifying layer is looked at as well.</summary>
    public bool IncludeClassifier { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or the files cannot be written.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var profile = MpoProfile.Measure(subject, SelectionIn(subject.Model, IncludeClassifier).Of<Linear>(subject.Model), Shares, NumCores, Examples);
        foreach (var layer in profile.Layers)
            subject.Report(new RunEvent.Note($"mpo-sensitivity: '{layer.Path}' raises the loss by {string.Join(", ", profile.Shares.Zip(layer.Drops, Describe))}"));
        subject.Metrics["sensitivity"] = profile.Layers.Average(layer => layer.Drops.FirstOrDefault(drop => drop is not null) ?? 0);
        if (subject.Folder is { } folder)
        {
            AtomicFile.WriteText(Path.Combine(folder, "sensitivity.csv"), Table(profile));
            AtomicFile.WriteText(Path.Combine(folder, "sensitivity.svg"), MpoChart.Draw(profile));
        }
        return subject;
    }

    private static string Describe(double share, double? drop) => drop is { } rise
        ? FormattableString.Invariant($"{rise:0.####} at {100 * share:0.#} %")
        : FormattableString.Invariant($"cannot be as small as {100 * share:0.#} %");

    private static string Table(MpoProfile profile)
    {
        var text = new StringBuilder("layer,parameters").AppendJoin("", profile.Shares.Select(share => FormattableString.Invariant($",{share}"))).Append('\n');
        foreach (var layer in profile.Layers)
            text.Append(CultureInfo.InvariantCulture, $"{layer.Path},{layer.Parameters}").AppendJoin("", layer.Drops.Select(drop => FormattableString.Invariant($",{drop}"))).Append('\n');
        return text.ToString();
    }
}
