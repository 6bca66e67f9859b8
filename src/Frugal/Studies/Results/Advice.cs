using Frugal.Recipes;

namespace Frugal.Studies.Results;

/// <summary>Tells of savings that are on paper only, and names the step that would make them real.</summary>
internal static class Advice
{
    private const double WorthNaming = 0.1;

    public static IReadOnlyList<string> For(ArmResult arm)
    {
        var advice = new List<string>();
        double? parameters = arm.Mean(Metric.Parameters), nonZero = arm.Mean(Metric.NonZeroParameters), bytes = arm.Mean(Metric.Bytes);
        if (1 - nonZero / parameters is { } zeros && zeros > WorthNaming && bytes > parameters * sizeof(float) * (1 - WorthNaming))
        {
            advice.Add(arm.Steps.Any(step => step.Step == "pack")
                ? FormattableString.Invariant($"{zeros:P0} of the weights are still stored as zeros: `pack` left layers dense that would be slower packed on this machine; the notes below the recipe say which.")
                : FormattableString.Invariant($"{zeros:P0} of the weights are zero but stored and multiplied like the others, so file and latency are unchanged; end the recipe with `pack` to save both."));
        }
        return advice;
    }
}
