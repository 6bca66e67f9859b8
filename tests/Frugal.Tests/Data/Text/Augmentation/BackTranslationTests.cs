using Frugal.Data.Text.Augmentation;
using Frugal.Data.Text.Generated;
using Frugal.Data.Text.Questions;

namespace Frugal.Tests.Data.Text.Augmentation;

public class BackTranslationTests
{
    private static readonly BackTranslation identity = new(text => text, text => text);

    [Fact]
    public void The_identity_gives_the_context_up_to_white_space_and_exact_starts()
    {
        foreach (var question in new GeneratedQuestions().Generate(GeneratedQuestions.InDomainNames, "test", 30))
        {
            var spaced = question with { Context = question.Context.Replace(" .", "  .", StringComparison.Ordinal) };
            Assert.Equal(question, identity.Apply(question) with { Answers = question.Answers });
            var same = identity.Apply(question);
            Assert.All(same.Answers, answer => Assert.Equal(answer.Text, same.Context.Substring(answer.Start, answer.Text.Length)));
            Assert.Equal(question.Context, identity.Apply(spaced with { Answers = [] }).Context);
        }
    }

    [Fact]
    public void Answers_stay_as_they_are_also_where_they_overlap_and_short_pieces_are_left_alone()
    {
        const string Context = "a b c d e f g (Oslo in Norway), and then";
        var question = new QuestionAnswer("q", "?", Context, [new("Oslo", 15), new("Oslo in Norway", 15), new("in Norway", 20), new("Oslo", 15)]);
        var translated = new BackTranslation(text => text.ToUpperInvariant(), text => text + "!").Apply(question);
        Assert.Equal("A B C D E F G (!Oslo in Norway), and then", translated.Context);
        Assert.Equal(["Oslo", "Oslo in Norway", "in Norway", "Oslo"], translated.Answers.Select(answer => translated.Context.Substring(answer.Start, answer.Text.Length)));
    }

    [Fact]
    public void The_dictionary_translates_to_and_fro_keeping_capitals_and_what_it_does_not_know()
    {
        Assert.Equal("Die groß Stadt, xyzzy", DictionaryTranslator.EnglishToGerman.Translate("The big City, xyzzy"));
        Assert.Equal("The large Town, xyzzy", DictionaryTranslator.GermanToEnglish.Translate("Die groß Stadt, xyzzy"));
    }

    [Fact]
    public void Back_translation_by_dictionary_changes_contexts_and_no_answer()
    {
        var translation = new BackTranslation(DictionaryTranslator.EnglishToGerman.Translate, DictionaryTranslator.GermanToEnglish.Translate);
        var questions = new GeneratedQuestions().Generate(GeneratedQuestions.OutOfDomainNames, "test", 60);
        var translated = questions.Select(translation.Apply).ToList();
        Assert.All(questions.Zip(translated), pair => Assert.Equal(pair.First.Answers.Select(answer => answer.Text), pair.Second.Answers.Select(answer => pair.Second.Context.Substring(answer.Start, answer.Text.Length))));
        Assert.True(questions.Zip(translated).Count(pair => pair.First.Context != pair.Second.Context) > 20);
    }
}
