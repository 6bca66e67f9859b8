namespace Frugal.Data.Text.Questions;

/// <summary>An article of a SQuAD file, as it is written there.</summary>
internal sealed record SquadArticle(IReadOnlyList<SquadParagraph>? Paragraphs);

/// <summary>A paragraph of an article.</summary>
internal sealed record SquadParagraph(string? Context, IReadOnlyList<SquadQuestion>? Qas);

/// <summary>A question about a paragraph.</summary>
internal sealed record SquadQuestion(string? Id, string? Question, IReadOnlyList<SquadAnswer>? Answers, bool IsImpossible);

/// <summary>An answer; the start is counted in Unicode's code points.</summary>
internal sealed record SquadAnswer(string? Text, int AnswerStart);
