using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>
/// Draws what layers give out to what the teacher's give out, each pair by its mean squared difference as a part of the teacher's mean square, so that layers of all sizes count alike; the sum over the
/// pairs counts (Kurtic et al., 2023, SquareHead, arXiv 2310.06927). Student and teacher must have the same widths.
/// </summary>
[Entry("square-head")]
public sealed class SquareHeadTerm : LayerTerm
{
    // Keeps layers that give out next to nothing from counting most.
    private const double Floor = 1.0 / 128;

    /// <inheritdoc/>
    [Range(0, double.PositiveInfinity)]
    public override double Weight { get; init => field = Guard.NotNegative(value); } = 1;

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor>? Adapter(LayerPair pair, long[] studentShape, long[] teacherShape, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(studentShape);
        return studentShape.AsSpan().SequenceEqual(teacherShape)
            ? null
            : throw pair.Mismatch(studentShape, teacherShape, "square-head compares layers of one shape; choose other layers, or features, which adapts widths");
    }

    /// <inheritdoc/>
    public override Tensor Loss(DistilledOutputs outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        return base.Loss(outputs) * outputs.Layers.Count;
    }

    /// <inheritdoc/>
    protected override Tensor Compare(Tensor student, Tensor teacher)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        return (student - teacher).square().mean() / (teacher.square().mean() + Floor);
    }
}
