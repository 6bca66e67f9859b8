using Frugal.Catalogue;
using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>One term of the loss by which a student follows its teacher.</summary>
[CatalogueKind("distillation term", "distillation terms")]
public abstract class DistillationTerm
{
    /// <summary>Factor on the term in the loss.</summary>
    public abstract double Weight { get; init; }

    /// <summary>The layers whose outputs the term compares; none for a term of the logits alone.</summary>
    /// <exception cref="FrugalException">The layers of the two networks do not pair off.</exception>
    public virtual IReadOnlyList<LayerPair> Pairs(Model student, Model teacher) => [];

    /// <summary>A layer with weights of its own, trained with the student, that brings the student's output to the teacher's shape; null to compare as it is.</summary>
    /// <param name="pair">The two layers.</param>
    /// <param name="studentShape">Shape of the student's output for a batch.</param>
    /// <param name="teacherShape">Shape of the teacher's output for the same batch.</param>
    /// <param name="generator">Where fresh weights come from.</param>
    /// <exception cref="FrugalException">The two cannot be compared.</exception>
    public virtual nn.Module<Tensor, Tensor>? Adapter(LayerPair pair, long[] studentShape, long[] teacherShape, Generator generator) => null;

    /// <summary>The term before its factor, a scalar.</summary>
    public abstract Tensor Loss(DistilledOutputs outputs);
}
