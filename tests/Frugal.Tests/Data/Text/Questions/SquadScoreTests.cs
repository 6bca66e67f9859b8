using Frugal.Data.Text.Questions;

namespace Frugal.Tests.Data.Text.Questions;

/// <summary>Expected values are those of the official scripts, worked out by hand.</summary>
public class SquadScoreTests
{
    private static QuestionAnswer Question(string id, params string[] answers) => new(id, "?", "", [.. answers.Select(answer => new Answer(answer, 0))]);

    private static SquadScore V1(string prediction, params string[] answers) => SquadScore.OfAnswerable([Question("q", answers)], new Dictionary<string, string> { ["q"] = prediction });

    private static SquadScore V2(string prediction, params string[] answers) => SquadScore.WithImpossible([Question("q", answers)], new Dictionary<string, string> { ["q"] = prediction });

    [Theory]
    [InlineData("The Eiffel-Tower!", "eiffeltower")]
    [InlineData("an  apple a day", "apple day")]
    [InlineData("A. A. Milne", "milne")]
    [InlineData("the–end", "–end")]
    [InlineData("theatre, a_b", "theatre ab")]
    [InlineData("a\u0301 b", "\u0301 b")]
    [InlineData("x\u00A0\u001Cy\u2003z", "x y z")]
    [InlineData("ΟΔΟΣ", "οδος")]
    public void Answers_are_normalised(string answer, string words) => Assert.Equal(words, string.Join(' ', AnswerWords.Of(answer)));

    [Fact]
    public void Words_count_as_often_as_they_occur()
    {
        // same = {x: 1, y: 1}; precision 2/3, recall 2/4.
        Assert.Equal(100 * 4.0 / 7, V1("x x y", "x y z z").F1, 1e-9);
        Assert.Equal(0, V1("x x y", "x y z z").ExactMatch);
        Assert.Equal((0, 0), (V1("w", "x").ExactMatch, V1("w", "x").F1));
    }

    [Fact]
    public void Each_measure_takes_its_best_answer()
    {
        var score = V1("the big dog", "a dog", "Big dog.", "big dog house");
        Assert.Equal((100, 100), (score.ExactMatch, score.F1));
        Assert.Equal(80, V1("the big dog", "dog dog dog", "big dog house").F1, 1e-9);
    }

    [Fact]
    public void Version_1_counts_a_missing_prediction_as_wrong_and_version_2_not_at_all()
    {
        QuestionAnswer[] questions = [Question("a", "x"), Question("b", "y")];
        var predictions = new Dictionary<string, string> { ["a"] = "x", ["other"] = "z" };
        Assert.Equal(new SquadScore(50, 50, 2), SquadScore.OfAnswerable(questions, predictions));
        Assert.Equal(new SquadScore(100, 100, 1), SquadScore.WithImpossible(questions, predictions));
    }

    [Fact]
    public void Empty_answers_are_right_only_where_there_is_none()
    {
        Assert.Equal(new SquadScore(100, 100, 1), V2(""));
        Assert.Equal(new SquadScore(100, 100, 1), V2("The"));
        Assert.Equal(new SquadScore(0, 0, 1), V2("x"));
        Assert.Equal(new SquadScore(0, 0, 1), V2("", "x"));
        Assert.Equal(new SquadScore(100, 100, 1), V2("", "the"));
        // Version 1 has no such rule: no common word, no overlap.
        Assert.Equal(new SquadScore(100, 0, 1), V1("", "the"));
    }

    [Fact]
    public void What_cannot_be_scored_is_refused()
    {
        Assert.Contains("WithImpossible", Assert.Throws<FrugalException>(() => V1("x")).Message);
        Assert.Contains("no question", Assert.Throws<FrugalException>(() => SquadScore.WithImpossible([Question("a", "x")], new Dictionary<string, string>())).Message);
    }
}
