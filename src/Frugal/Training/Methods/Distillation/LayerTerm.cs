using Frugal.Layers.Surgery;
using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>A term that compares what layers of student and teacher give out, pair by pair; the mean over the pairs counts.</summary>
public abstract class LayerTerm : DistillationTerm
{
    /// <summary>Patterns over the paths of the student's layers, <c>*</c> standing for anything; empty takes the blocks of the network.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    /// <summary>Patterns over the paths of the teacher's layers, in the same order; empty takes the same as for the student.</summary>
    public IReadOnlyList<string> TeacherLayers { get; init; } = [];

    /// <inheritdoc/>
    public override IReadOnlyList<LayerPair> Pairs(Model student, Model teacher)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        var own = Choose(student, Layers);
        var others = Choose(teacher, TeacherLayers.Count > 0 ? TeacherLayers : Layers);
        if (own.Count == 0 || own.Count != others.Count)
            throw new FrugalException(
                $"The student's {own.Count} layers ({string.Join(", ", own)}) and the teacher's {others.Count} ({string.Join(", ", others)}) do not pair off; choose as many of each by layers and teacher-layers.");
        return [.. own.Zip(others, (mine, its) => new LayerPair(mine, its))];
    }

    /// <inheritdoc/>
    public override Tensor Loss(DistilledOutputs outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        return stack(outputs.Layers.Select(pair => Compare(pair.Student, pair.Teacher))).mean();
    }

    /// <summary>The term of one pair, a scalar.</summary>
    protected abstract Tensor Compare(Tensor student, Tensor teacher);

    private static IReadOnlyList<string> Choose(Model model, IReadOnlyList<string> patterns) => patterns.Count == 0
        ? ModelBlocks.Of(model)
        : [.. new LayerSelection(patterns, []).Of<nn.Module<Tensor, Tensor>>(model).Select(layer => layer.Path)];
}
