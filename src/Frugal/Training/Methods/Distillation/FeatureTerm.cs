using Frugal.Catalogue;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Distillation;

/// <summary>
/// Draws what layers give out to what the teacher's give out, by their mean squared difference. Where the widths differ, a linear layer that is trained with the student and dropped
/// afterwards brings the student's features to the teacher's width (Romero et al., 2014, arXiv 1412.6550).
/// </summary>
[Entry("features")]
public sealed class FeatureTerm : LayerTerm
{
    /// <inheritdoc/>
    [Range(0, double.PositiveInfinity)]
    public override double Weight { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Whether the mean or the sum of the squared differences counts.</summary>
    public FeatureReduction Reduction { get; init; } = FeatureReduction.Mean;

    /// <inheritdoc/>
    public override Tensor Loss(DistilledOutputs outputs)
    {
        var mean = base.Loss(outputs);
        return Reduction == FeatureReduction.Mean ? mean : mean * outputs.Layers.Count;
    }

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor>? Adapter(LayerPair pair, long[] studentShape, long[] teacherShape, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(studentShape);
        ArgumentNullException.ThrowIfNull(teacherShape);
        if (studentShape.SequenceEqual(teacherShape))
            return null;
        int channels = studentShape.Length == 4 ? 1 : studentShape.Length - 1;
        bool differInWidthAlone = studentShape.Length == teacherShape.Length && Enumerable.Range(0, studentShape.Length).All(i => i == channels || studentShape[i] == teacherShape[i]);
        return differInWidthAlone
            ? new ChannelAdapter(studentShape[channels], teacherShape[channels], generator)
            : throw pair.Mismatch(studentShape, teacherShape, "features can be compared where all but their width agrees; choose other layers");
    }

    /// <inheritdoc/>
    protected override Tensor Compare(Tensor student, Tensor teacher) =>
        functional.mse_loss(student, teacher, Reduction == FeatureReduction.Mean ? nn.Reduction.Mean : nn.Reduction.Sum);
}
