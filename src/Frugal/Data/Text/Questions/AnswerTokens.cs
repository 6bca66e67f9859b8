using Frugal.Data.Text.Tokenizers;

namespace Frugal.Data.Text.Questions;

/// <summary>
/// Questions with their contexts, as token ids; asked for are the first and the last token of the answer. A context that is too long becomes several examples that overlap; where an example does not hold the
/// answer, its first token is asked for, which is what BERT's models were trained with.
/// </summary>
public sealed class AnswerTokens : TokenDataset
{
    private readonly IReadOnlyList<QuestionAnswer> questions;
    private readonly List<(int Question, EncodedText Text)> windows = [];

    /// <param name="questions">The questions.</param>
    /// <param name="tokenizer">Makes tokens of them.</param>
    /// <param name="maxTokens">Tokens of an example: question, context and special ones.</param>
    /// <param name="overlap">Tokens that two parts of a long context share.</param>
    /// <exception cref="FrugalException">The tokenizer has no padding, or a question leaves no room for its context.</exception>
    public AnswerTokens(IReadOnlyList<QuestionAnswer> questions, Tokenizer tokenizer, int maxTokens, int overlap)
    {
        ArgumentNullException.ThrowIfNull(questions);
        this.questions = questions;
        Info = TextInfo.Padded(TextTask.QuestionAnswering, tokenizer, maxTokens, []);
        for (int i = 0; i < questions.Count; i++)
        {
            foreach (var window in tokenizer.EncodeWindows(questions[i].Question, questions[i].Context, maxTokens, overlap))
                windows.Add((i, window));
        }
        if (tokenizer.SeparatorId is { } separator && windows.All(window => window.Text.IsTold(separator)))
            Info = Info with { SeparatorId = separator };
    }

    /// <inheritdoc/>
    public override int Count => windows.Count;

    /// <inheritdoc/>
    public override TextInfo Info { get; }

    /// <inheritdoc/>
    public override string Name(int index) => $"question {questions[windows[index].Question].Id}";

    /// <inheritdoc/>
    public override ITextScore StartScore() => new AnswerScore(questions, windows);

    /// <inheritdoc/>
    public override void Write(int index, RandomStream random, Span<long> tokens, Span<long> targets)
    {
        var (question, text) = windows[index];
        Info.Fill(text.Ids, tokens);
        var place = questions[question].Answers is [var answer, ..] ? text.TokensOver(answer.Start, answer.End, 1) : null;
        (targets[0], targets[1]) = place ?? (0, 0);
    }
}
