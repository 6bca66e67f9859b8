using Frugal.Data.Text.Tokenizers;
using static TorchSharp.torch;

namespace Frugal.Data.Text.Questions;

/// <summary>
/// Exact match and F1 of the answers that start and end logits point to: of all places in the parts of a context, the one whose logits sum to most, at most thirty tokens long. Where questions may have no answer, the
/// empty one competes with the logits of the first token, as in SQuAD 2.0.
/// </summary>
/// <param name="questions">The questions.</param>
/// <param name="windows">For each example its question and its text.</param>
internal sealed class AnswerScore(IReadOnlyList<QuestionAnswer> questions, IReadOnlyList<(int Question, EncodedText Text)> windows) : ITextScore
{
    private const int LongestAnswer = 30;

    private readonly Dictionary<int, (float Score, string Answer)> best = [];
    private readonly Dictionary<int, float> none = [];

    public void Add(IReadOnlyList<int> examples, Tensor outputs)
    {
        var logits = outputs.contiguous().data<float>();
        int tokens = (int)outputs.shape[1];
        for (int i = 0; i < examples.Count; i++)
        {
            var (question, text) = windows[examples[i]];
            int at = i * tokens;
            float Start(int token) => logits[2 * (at + token)];
            float End(int token) => logits[2 * (at + token) + 1];
            none[question] = Math.Min(none.GetValueOrDefault(question, float.PositiveInfinity), Start(0) + End(0));
            for (int first = 0; first < text.Count; first++)
            {
                if (text.Texts[first] != 1)
                    continue;
                for (int last = first; last < Math.Min(text.Count, first + LongestAnswer) && text.Texts[last] == 1; last++)
                {
                    float score = Start(first) + End(last);
                    if (best.TryGetValue(question, out var other) && other.Score >= score)
                        continue;
                    var (from, to) = text.CharactersOf(first, last);
                    best[question] = (score, questions[question].Context[from..to]);
                }
            }
        }
    }

    public IReadOnlyDictionary<string, double> Result()
    {
        QuestionAnswer[] asked = [.. best.Keys.Order().Select(question => questions[question])];
        bool mayBeImpossible = asked.Any(question => question.IsImpossible);
        var answers = best.ToDictionary(
            pair => questions[pair.Key].Id, pair => mayBeImpossible && none[pair.Key] > pair.Value.Score ? "" : pair.Value.Answer);
        var score = mayBeImpossible ? SquadScore.WithImpossible(asked, answers) : SquadScore.OfAnswerable(asked, answers);
        return new Dictionary<string, double> { ["exact-match"] = score.ExactMatch, ["f1"] = score.F1 };
    }
}
