namespace Frugal.Data.Text.Questions;

/// <summary>
/// How well answers are found, as SQuAD's official scripts compute it: over the reference answers of a question the best, over the questions the mean. Values are percentages, 0 to 100.
/// </summary>
/// <param name="ExactMatch">Share of the answers that equal a reference answer once both are normalised.</param>
/// <param name="F1">Mean overlap of words, as the harmonic mean of precision and recall.</param>
/// <param name="Count">Questions that the means are over.</param>
public sealed record SquadScore(double ExactMatch, double F1, int Count)
{
    /// <summary>The score by <c>evaluate-v1.1.py</c>: all questions have answers, and one without a prediction counts as wrong.</summary>
    /// <param name="questions">The questions with their reference answers.</param>
    /// <param name="predictions">Answers by the questions' ids.</param>
    /// <exception cref="FrugalException">There are no questions, or one has no answer.</exception>
    public static SquadScore OfAnswerable(IEnumerable<QuestionAnswer> questions, IReadOnlyDictionary<string, string> predictions)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(predictions);
        return Mean(questions.Select(question => question.IsImpossible
            ? throw new FrugalException($"The question '{question.Id}' has no answer; score sets with impossible questions with {nameof(WithImpossible)}.")
            : predictions.TryGetValue(question.Id, out string? prediction)
                ? Best(question.Answers.Select(answer => AnswerWords.Of(answer.Text)), AnswerWords.Of(prediction), emptyMatchesEmpty: false)
                : (0, 0)));
    }

    /// <summary>
    /// The score by <c>evaluate-v2.0.py</c>: to a question without an answer the empty text is right. A question without a prediction does not count at all.
    /// </summary>
    /// <param name="questions">The questions with their reference answers.</param>
    /// <param name="predictions">Answers by the questions' ids; empty for "none".</param>
    /// <exception cref="FrugalException">No question has a prediction.</exception>
    public static SquadScore WithImpossible(IEnumerable<QuestionAnswer> questions, IReadOnlyDictionary<string, string> predictions)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(predictions);
        return Mean(questions.Where(question => predictions.ContainsKey(question.Id)).Select(question =>
        {
            string[][] references = [.. question.Answers.Select(answer => AnswerWords.Of(answer.Text)).Where(words => words.Length > 0)];
            return Best(references.Length > 0 ? references : [[]], AnswerWords.Of(predictions[question.Id]), emptyMatchesEmpty: true);
        }));
    }

    private static SquadScore Mean(IEnumerable<(double Exact, double F1)> scores)
    {
        double exact = 0, f1 = 0;
        int count = 0;
        foreach (var score in scores)
        {
            exact += score.Exact;
            f1 += score.F1;
            count++;
        }
        return count > 0 ? new SquadScore(100 * exact / count, 100 * f1 / count, count) : throw new FrugalException("There is no question to score: none has a prediction.");
    }

    // Each measure takes its own best reference.
    private static (double Exact, double F1) Best(IEnumerable<string[]> references, string[] prediction, bool emptyMatchesEmpty)
    {
        double exact = 0, f1 = 0;
        foreach (string[] reference in references)
        {
            exact = Math.Max(exact, reference.SequenceEqual(prediction) ? 1 : 0);
            f1 = Math.Max(f1, Overlap(reference, prediction, emptyMatchesEmpty));
        }
        return (exact, f1);
    }

    private static double Overlap(string[] reference, string[] prediction, bool emptyMatchesEmpty)
    {
        if (emptyMatchesEmpty && (reference.Length == 0 || prediction.Length == 0))
            return reference.Length == prediction.Length ? 1 : 0;
        var left = reference.CountBy(word => word).ToDictionary();
        int same = prediction.CountBy(word => word).Sum(word => Math.Min(word.Value, left.GetValueOrDefault(word.Key)));
        if (same == 0)
            return 0;
        double precision = (double)same / prediction.Length, recall = (double)same / reference.Length;
        return 2 * precision * recall / (precision + recall);
    }
}
