namespace Frugal.Data.Text.Questions;

/// <summary>A question about a context, and the answers that stand in it.</summary>
/// <param name="Id">Tells it from every other question.</param>
/// <param name="Question">The question.</param>
/// <param name="Context">The text that it is about.</param>
/// <param name="Answers">Answers by different people, the same one several times where they agree; none where the context does not answer the question.</param>
public sealed record QuestionAnswer(string Id, string Question, string Context, IReadOnlyList<Answer> Answers)
{
    /// <summary>Whether the context does not answer the question.</summary>
    public bool IsImpossible => Answers.Count == 0;
}
