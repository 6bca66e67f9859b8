using static System.FormattableString;

namespace Frugal.Studies.Shrinking;

/// <summary>Which stack is kept, and why.</summary>
/// <param name="Winner">The one that is kept, or null where none is small enough.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record ShrinkChoice(ShrinkCandidate? Winner, string Reason)
{
    /// <summary>The rule, in a sentence.</summary>
    public const string Rule =
        "Of the stacks that are small enough, the most accurate on the validation examples counts as best; of those that are as accurate within one standard error of it, the smallest is kept.";

    /// <summary>Applies the rule.</summary>
    /// <param name="candidates">What came of the stacks that did not fail.</param>
    /// <param name="goal">How small is small enough.</param>
    /// <param name="validationExamples">Examples that the accuracies were measured on.</param>
    public static ShrinkChoice Of(IReadOnlyList<ShrinkCandidate> candidates, ShrinkGoal goal, int validationExamples)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        Guard.AtLeast(validationExamples, 1, nameof(validationExamples));
        if (candidates.Count == 0)
            return new(null, "No stack was finished: look at what is said of each, or allow more time.");
        var fitting = candidates.Where(candidate => goal.IsMetBy(candidate.Share)).ToList();
        if (fitting.Count == 0)
        {
            var smallest = candidates.MinBy(candidate => candidate.Share)!;
            return new(null, Invariant($"No stack came down to {goal}: the smallest, {smallest.Name}, has {smallest.Share * 100:0.#} % and an accuracy of {smallest.Accuracy * 100:0.0} %. Allow more, or more time."));
        }
        var best = fitting.MaxBy(candidate => candidate.Accuracy)!;
        double error = Math.Sqrt(best.Accuracy * (1 - best.Accuracy) / validationExamples);
        var equals = fitting.Where(candidate => candidate.Accuracy >= best.Accuracy - error).ToList();
        var winner = equals.MinBy(candidate => candidate.Share)!;
        return new(winner, Reasoning(winner, best, error, fitting.Count, goal));
    }

    private static string Reasoning(ShrinkCandidate winner, ShrinkCandidate best, double error, int fitting, ShrinkGoal goal)
    {
        string among = fitting == 1 ? $"the only stack within {goal}" : $"of the {fitting} stacks within {goal}";
        string kept = Invariant($"{winner.Name}: {winner.Accuracy * 100:0.0} % on the validation examples with {winner.Share * 100:0.#} % of the {goal.Unit}; ");
        return kept + (fitting == 1 ? $"it is {among}."
            : winner == best ? $"{among} it is the most accurate, and none as accurate within {Invariant($"{error * 100:0.0}")} points, the standard error, is smaller."
            : $"{among} {best.Name} is the most accurate with {Invariant($"{best.Accuracy * 100:0.0} %")}, which is within its standard error of {Invariant($"{error * 100:0.0}")} points, and this one is smaller.");
    }
}
