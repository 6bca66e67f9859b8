using Frugal.Data.Text.Questions;

namespace Frugal.Data.Text.Augmentation;

/// <summary>A context as words in lower case without punctuation, and the answers in it, whose words nothing may change.</summary>
internal sealed class AnsweredWords
{
    private readonly QuestionAnswer question;
    private readonly string[][] answers;
    private readonly HashSet<string> answerWords;

    public AnsweredWords(QuestionAnswer question)
    {
        this.question = question;
        Words = Clean(question.Context);
        answers = [.. question.Answers.Select(answer => Clean(answer.Text)).Where(words => words.Length > 0)];
        answerWords = [.. answers.SelectMany(words => words)];
    }

    /// <summary>The words of the context.</summary>
    public string[] Words { get; }

    /// <summary>Whether a word belongs to an answer.</summary>
    public bool IsOfAnswer(string word) => answerWords.Contains(word);

    /// <summary>Whether a word may be replaced: made of letters, no stop word, and of no answer.</summary>
    public bool IsEligible(string word) => word.All(char.IsLetter) && !StopWords.Contains(word) && !IsOfAnswer(word);

    /// <summary>Whether what is put before a place would stand within an answer.</summary>
    public bool IsWithinAnswer(IReadOnlyList<string> words, int place) =>
        answers.Any(answer => Enumerable.Range(1, answer.Length - 1).Any(part => place >= part && IsAt(words, place - part, answer)));

    /// <summary>The question about a changed context, or null where it has answers and none is left in it.</summary>
    /// <param name="words">The words of the changed context.</param>
    /// <param name="id">The id of the changed question.</param>
    public QuestionAnswer? About(IReadOnlyList<string> words, string id)
    {
        var found = answers.Select(answer => (Text: string.Join(' ', answer), Place: Enumerable.Range(0, words.Count).FirstOrDefault(place => IsAt(words, place, answer), -1))).Where(answer => answer.Place >= 0)
            .Select(answer => new Answer(answer.Text, words.Take(answer.Place).Sum(word => word.Length + 1))).ToList();
        return found.Count == 0 && !question.IsImpossible ? null : question with { Id = id, Context = string.Join(' ', words), Answers = found };
    }

    private static bool IsAt(IReadOnlyList<string> words, int place, string[] answer) =>
        place + answer.Length <= words.Count && !answer.Where((word, i) => words[place + i] != word).Any();

    private static string[] Clean(string text) => string.Concat(LowerCasing.Of(text).Where(unit => !char.IsPunctuation(unit) && !char.IsSymbol(unit))).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
