namespace Frugal.Graphs;

/// <summary>The signature of an operator, as far as graphs need it.</summary>
/// <param name="Operator">Name with namespace, e.g. <c>aten::add</c>.</param>
/// <param name="Overload">Name of the overload, e.g. <c>Scalar</c>; empty for the plain one.</param>
/// <param name="Arguments">Names of the arguments in order.</param>
public sealed record OperatorSchema(string Operator, string Overload, IReadOnlyList<string> Arguments)
{
    /// <summary>
    /// Whether the operator changes this argument. By the naming rules of PyTorch's operators: a trailing underscore for the first one, <c>out</c> for the place of a result.
    /// </summary>
    public bool Changes(int argument) =>
        (argument == 0 && Operator.EndsWith('_') && !Operator.EndsWith("__", StringComparison.Ordinal))
        || (Overload.EndsWith("out", StringComparison.Ordinal) && Arguments[argument].StartsWith("out", StringComparison.Ordinal));
}
