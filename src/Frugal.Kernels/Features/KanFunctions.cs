namespace Frugal.Kernels;

/// <summary>Inputs of a Kolmogorov-Arnold layer and the functions that are taken of each.</summary>
/// <param name="Function">Which functions.</param>
/// <param name="Inputs">Columns of the input.</param>
/// <param name="Count">Functions of an input.</param>
/// <param name="Order">Order of the splines, 0 to 10; ignored for other functions.</param>
/// <param name="Knots">Ascending knots of the splines, <c>[inputs, Count + Order + 1]</c>; empty for other functions.</param>
public sealed record KanFunctions(KanFunction Function, IReadOnlyList<int> Inputs, int Count, int Order = 3, IReadOnlyList<float>? Knots = null)
{
    private const int MaxKnots = 64, MaxOrder = 10;

    /// <summary>Features: a column of the weight for each function of each input, functions slowest.</summary>
    public int Features => Count * Inputs.Count;

    /// <summary>What is wrong, or null.</summary>
    internal string? Fault(int inFeatures)
    {
        if (Inputs.Count == 0 || Inputs.Any(input => input < 0 || input >= inFeatures))
            return $"inputs must be columns from 0 to {inFeatures - 1}";
        if (Inputs.Distinct().Count() != Inputs.Count)
            return "an input stands twice among those of one kind of functions";
        if (Count < 1 || (Function == KanFunction.Silu && Count != 1) || (Function == KanFunction.Radial && Count < 2))
            return $"there cannot be {Count} functions of the kind {Function}";
        if (Function != KanFunction.BSpline)
            return null;
        var knots = Count + Order + 1;
        if (Order is < 0 or > MaxOrder || knots > MaxKnots || Knots is null || Knots.Count != Inputs.Count * knots)
            return $"{Count} splines of order {Order} need {knots} knots an input, at most {MaxKnots}, and {Inputs.Count} inputs have {Knots?.Count ?? 0}";
        for (var i = 0; i < Knots.Count; i++)
            if (!float.IsFinite(Knots[i]) || (i % knots > 0 && !(Knots[i] > Knots[i - 1])))
                return $"knot {i % knots} of input {Inputs[i / knots]} is {Knots[i]}; knots must be finite and ascend";
        return null;
    }
}
