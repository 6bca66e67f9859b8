namespace Frugal.Training.Methods.Distillation;

/// <summary>A layer of the student and the layer of the teacher that it is to imitate.</summary>
/// <param name="Student">Path in the student.</param>
/// <param name="Teacher">Path in the teacher.</param>
public readonly record struct LayerPair(string Student, string Teacher)
{
    /// <summary>A refusal that names both layers and what they give out.</summary>
    internal FrugalException Mismatch(long[] studentShape, long[] teacherShape, string advice) =>
        new($"The student's '{Student}' gives out [{Shape(studentShape)}] and the teacher's '{Teacher}' [{Shape(teacherShape)}]: {advice}");

    private static string Shape(long[] shape) => string.Join(", ", shape.Skip(1).Select(length => length.ToString(System.Globalization.CultureInfo.InvariantCulture)).Prepend("batch"));
}
