using Frugal.Catalogue;
using Frugal.Recipes;

namespace Frugal.Compression;

/// <summary>
/// Replaces linear layers by Monarch layers: by projection of trained weights, to fine-tune, or with fresh weights, to train from scratch (Dao et al. 2022). Layers that
/// would not shrink stay as they are and are named.
/// </summary>
[Entry("monarch", Paper = "monarch")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["train", "monarch-to-dense"], ChangesShapes = true, PackedForm = "monarch")]
public sealed class MonarchFactorization : LayerStep
{
    /// <summary>Blocks of each factor; 2 to 4 in the paper, where a layer keeps 25 to 50 % of its parameters.</summary>
    [Range(1, 65_536)]
    [Shorthand]
    public int NumBlocks { get; init => field = Guard.Between(value, 1, 65_536); } = 4;

    /// <summary>What weights the new layers begin with.</summary>
    public FactorStart Init { get; init; } = FactorStart.Project;

    /// <summary>True when the classifying layer is replaced as well; the paper leaves it dense.</summary>
    public bool IncludeClassifier { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or one cannot be replaced; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var layers = SelectionIn(subject.Model, IncludeClassifier);
        if (Init == FactorStart.Fresh)
            Monarch.Initialize(subject.Model, NumBlocks, subject.Random, subject.History.Count, layers, Note);
        else
            Monarch.Project(subject.Model, NumBlocks, layers, Note);
        return subject;

        void Note(string text) => subject.Report(new RunEvent.Note($"monarch: {text}"));
    }
}
