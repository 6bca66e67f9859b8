using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>
/// Lets layers be active where the teacher's are, whatever their widths: the mean squared difference of their attention maps (Zagoruyko and Komodakis, 2016, arXiv 1612.03928, as in the
/// authors' code). For feature maps and rows of tokens.
/// </summary>
[Entry("attention")]
public sealed class AttentionTerm : LayerTerm
{
    /// <inheritdoc/>
    [Range(0, double.PositiveInfinity)]
    public override double Weight { get; init => field = Guard.NotNegative(value); } = 1000;

    /// <summary>Exponent of the activations; higher ones look at the strongest channels.</summary>
    [Range(0, 16, AboveLow = true)]
    public double Power { get; init => field = Guard.Positive(Guard.Between(value, 0, 16)); } = 2;

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor>? Adapter(LayerPair pair, long[] studentShape, long[] teacherShape, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(studentShape);
        ArgumentNullException.ThrowIfNull(teacherShape);
        bool comparable = studentShape.Length == teacherShape.Length && studentShape.Length switch
        {
            4 => studentShape.AsSpan(2).SequenceEqual(teacherShape.AsSpan(2)),
            3 => studentShape[1] == teacherShape[1],
            _ => false,
        };
        return comparable ? null : throw pair.Mismatch(studentShape, teacherShape, "attention is compared between feature maps of one height and width, or as many tokens; choose other layers");
    }

    /// <inheritdoc/>
    protected override Tensor Compare(Tensor student, Tensor teacher) =>
        (DistillationMath.AttentionMap(student, Power) - DistillationMath.AttentionMap(teacher, Power)).square().mean();
}
