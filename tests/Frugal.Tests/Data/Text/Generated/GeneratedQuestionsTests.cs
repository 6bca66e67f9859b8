using Frugal.Data.Text.Generated;
using Frugal.Data.Text.Questions;

namespace Frugal.Tests.Data.Text.Generated;

public class GeneratedQuestionsTests
{
    private static readonly string[] all = [.. GeneratedQuestions.InDomainNames, .. GeneratedQuestions.OutOfDomainNames];

    private static HashSet<string> Words(IEnumerable<QuestionAnswer> questions) => [.. questions.SelectMany(question => $"{question.Question} {question.Context}".Split(' '))];

    [Fact]
    public void Answers_stand_in_their_contexts()
    {
        var questions = new GeneratedQuestions().Generate(all, "train", 600);
        Assert.Equal(600, questions.Select(question => question.Id).Distinct().Count());
        Assert.All(questions, question =>
        {
            var answer = Assert.Single(question.Answers);
            Assert.Equal(answer.Text, question.Context[answer.Start..answer.End]);
            Assert.DoesNotContain('{', question.Context + question.Question);
            Assert.DoesNotContain('#', question.Context);
        });
    }

    [Fact]
    public void Same_seed_gives_the_same_and_more_begins_the_same()
    {
        var first = new GeneratedQuestions().Generate(all, "train", 30);
        static string Text(IEnumerable<QuestionAnswer> questions) => string.Join('\n', questions.Select(question => $"{question.Id} {question.Question} {question.Context} {question.Answers[0]}"));
        Assert.Equal(Text(first), Text(new GeneratedQuestions().Generate(all, "train", 90).Take(30)));
        Assert.NotEqual(first[0].Context, new GeneratedQuestions { Seed = 1 }.Generate(all, "train", 1)[0].Context);
        Assert.NotEqual(first[0].Context, new GeneratedQuestions().Generate(all, "test", 1)[0].Context);
    }

    [Fact]
    public void First_question_is_what_it_was()
    {
        var question = new GeneratedQuestions().Generate(["people"], "train", 1)[0];
        Assert.Equal("people-train-0", question.Id);
        Approved.Verify("generated question", $"{question.Question}\n{question.Context}\n{question.Answers[0].Text} at {question.Answers[0].Start}\n");
    }

    [Fact]
    public void Domains_share_few_words()
    {
        var inside = Words(new GeneratedQuestions().Generate(GeneratedQuestions.InDomainNames, "train", 900));
        var outside = Words(new GeneratedQuestions().Generate(GeneratedQuestions.OutOfDomainNames, "train", 900));
        outside.RemoveWhere(word => word.All(unit => char.IsDigit(unit) || unit == ','));
        int shared = outside.Count(inside.Contains);
        Assert.InRange((double)shared / outside.Count, 0.1, 0.4);
    }

    [Fact]
    public void Another_thing_has_an_answer_of_the_same_kind()
    {
        var people = new GeneratedQuestions().Generate(["towns"], "train", 200).Where(question => question.Question.StartsWith("How many people", StringComparison.Ordinal)).ToList();
        Assert.Contains(people, question => question.Context.Split(" people").Length > 2);
    }

    [Fact]
    public void Asked_for_impossible_ones_come_in_their_share()
    {
        var questions = new GeneratedQuestions { Impossible = 0.33 }.Generate(all, "train", 900);
        Assert.InRange(questions.Count(question => question.IsImpossible), 250, 350);
        Assert.All(new GeneratedQuestions { Impossible = 1, Facts = 1 }.Generate(all, "train", 20), question => Assert.True(question.IsImpossible));
    }

    [Fact]
    public void Wrong_options_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new GeneratedQuestions { Facts = 4 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GeneratedQuestions { Impossible = 1.1 });
        Assert.Contains("people, towns", Assert.Throws<FrugalException>(() => new GeneratedQuestions().Generate(["cars"], "train", 1)).Message);
        Assert.Throws<FrugalException>(() => new GeneratedQuestions().Generate([], "train", 1));
    }
}
