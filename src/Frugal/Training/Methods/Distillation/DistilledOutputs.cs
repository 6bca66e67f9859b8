using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>What student and teacher made of the same inputs.</summary>
/// <param name="StudentLogits"><c>[batch, classes]</c>, with gradient.</param>
/// <param name="TeacherLogits"><c>[batch, classes]</c>, without.</param>
/// <param name="Layers">Outputs of the layers that a term compares, student's and teacher's.</param>
public sealed record DistilledOutputs(Tensor StudentLogits, Tensor TeacherLogits, IReadOnlyList<(Tensor Student, Tensor Teacher)> Layers);
