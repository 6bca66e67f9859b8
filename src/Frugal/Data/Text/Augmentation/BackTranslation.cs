using System.Text;
using Frugal.Data.Text.Questions;

namespace Frugal.Data.Text.Augmentation;

/// <summary>Changes contexts by translating them to another language and back, answers excepted: the text between answers goes through the translators, piece by piece (Zhou et al. 2022).</summary>
/// <param name="toPivot">Translates a piece of text to the other language.</param>
/// <param name="back">Translates it back.</param>
public sealed class BackTranslation(Func<string, string> toPivot, Func<string, string> back)
{
    // Shorter pieces are not worth a translator's time, and come back mangled.
    private const int LongestUntouched = 5;

    /// <summary>The question with its context translated to and fro, and the answers where they then stand.</summary>
    /// <param name="question">The question.</param>
    public QuestionAnswer Apply(QuestionAnswer question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var context = new StringBuilder();
        var starts = new Dictionary<Answer, int>();
        int done = 0;
        foreach (var answer in question.Answers.Distinct().OrderBy(answer => answer.Start).ThenBy(answer => answer.End))
        {
            if (answer.Start >= done)
                Append(context, question.Context[done..answer.Start]);
            // Answers that overlap stay together as they stand.
            int shared = Math.Max(0, done - answer.Start);
            starts[answer] = context.Length - shared;
            if (answer.End > done)
            {
                context.Append(answer.Text.AsSpan(shared));
                done = answer.End;
            }
        }
        Append(context, question.Context[done..]);
        return question with { Context = context.ToString(), Answers = [.. question.Answers.Select(answer => answer with { Start = starts[answer] })] };
    }

    private void Append(StringBuilder context, string piece)
    {
        string[] words = piece.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string text = words.Length > LongestUntouched ? back(toPivot(string.Join(' ', words))).Trim() : string.Join(' ', words);
        if (piece.Length > 0 && char.IsWhiteSpace(piece[0]) && context.Length > 0)
            context.Append(' ');
        context.Append(text);
        if (text.Length > 0 && char.IsWhiteSpace(piece[^1]))
            context.Append(' ');
    }
}
