using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>What an ensemble of teachers says to some examples.</summary>
/// <param name="SoftLabel">Mean of their probabilities, <c>[batch, classes]</c>.</param>
/// <param name="MeanLogits">Mean of their logits, <c>[batch, classes]</c>.</param>
internal readonly record struct TeacherAnswer(Tensor SoftLabel, Tensor MeanLogits)
{
    /// <summary>From the teachers' logits, <c>[teachers, batch, classes]</c>.</summary>
    public static TeacherAnswer Of(Tensor logits) => new(DistillationMath.SoftLabel(logits), logits.mean([0]));

    /// <summary>The rows of some examples.</summary>
    public TeacherAnswer Rows(IReadOnlyList<int> indices)
    {
        using var rows = tensor(indices.Select(index => (long)index).ToArray(), device: SoftLabel.device);
        return new(SoftLabel.index_select(0, rows), MeanLogits.index_select(0, rows));
    }
}
