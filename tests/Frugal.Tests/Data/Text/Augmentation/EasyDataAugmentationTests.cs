using Frugal.Data.Text.Augmentation;
using Frugal.Data.Text.Generated;
using Frugal.Data.Text.Questions;
using Frugal.Data.Text.Sources;

namespace Frugal.Tests.Data.Text.Augmentation;

public class EasyDataAugmentationTests
{
    private static readonly IReadOnlyList<QuestionAnswer> questions = new GeneratedQuestions().Generate([.. GeneratedQuestions.InDomainNames, .. GeneratedQuestions.OutOfDomainNames], "test", 60);

    private static readonly EasyDataAugmentation all = new() { Copies = 7, Replaced = 0.3, Inserted = 0.2, Swapped = 0.2, Deleted = 0.2 };

    private static IEnumerable<(QuestionAnswer Question, IReadOnlyList<QuestionAnswer> Copies)> Augmented(EasyDataAugmentation eda) =>
        questions.Select((question, i) => (question, eda.Augment(question, new RandomStream((ulong)i))));

    private static string[] Words(QuestionAnswer question) => question.Context.Split(' ');

    [Fact]
    public void Every_copy_has_an_answer_where_it_says_and_the_last_one_is_the_question_without_punctuation()
    {
        foreach (var (question, copies) in Augmented(all))
        {
            Assert.Equal(8, copies.Count);
            Assert.Equal(8, copies.Select(copy => copy.Id).Distinct().Count());
            Assert.All(copies, copy => Assert.All(copy.Answers, answer => Assert.Equal(answer.Text, copy.Context.Substring(answer.Start, answer.Text.Length))));
            Assert.All(copies, copy => Assert.NotEmpty(copy.Answers));
            Assert.Equal(question.Id, copies[^1].Id);
            Assert.Equal(new AnsweredWords(question).Words, Words(copies[^1]));
        }
        Assert.Contains(Augmented(all), each => each.Copies.Any(copy => copy.Context != each.Copies[^1].Context));
    }

    [Fact]
    public void Replaced_words_keep_their_number_and_only_words_with_synonyms_change()
    {
        int changed = 0;
        foreach (var (_, copies) in Augmented(new() { Replaced = 0.5 }))
            foreach (var copy in copies)
            {
                string[] before = Words(copies[^1]), after = Words(copy);
                Assert.Equal(before.Length, after.Length);
                foreach (var (one, other) in before.Zip(after).Where(pair => pair.First != pair.Second))
                {
                    Assert.Contains(other, Thesaurus.Small.Of(one));
                    changed++;
                }
            }
        Assert.True(changed > 100, $"{changed} words");
    }

    [Fact]
    public void A_word_is_replaced_wherever_it_stands_and_words_of_answers_and_stop_words_never()
    {
        var question = new QuestionAnswer("q", "?", "The old ship was old and big big", [new("big", 25)]);
        var thesaurus = new Thesaurus([["old", "aged"], ["big", "large"], ["was", "were"]]);
        var copy = new EasyDataAugmentation { Copies = 1, Replaced = 1 }.Augment(question, new RandomStream(1), thesaurus)[0];
        Assert.Equal("the aged ship was aged and big big", copy.Context);
        Assert.Equal(new Answer("big", copy.Context.IndexOf("big", StringComparison.Ordinal)), Assert.Single(copy.Answers));
    }

    [Fact]
    public void Swapped_words_are_a_permutation_and_inserted_ones_split_no_answer()
    {
        foreach (var (_, copies) in Augmented(new() { Replaced = 0, Swapped = 0.5 }))
            Assert.All(copies, copy => Assert.Equal(Words(copies[^1]).Order(), Words(copy).Order()));
        foreach (var (_, copies) in Augmented(new() { Replaced = 0, Inserted = 0.5 }))
            Assert.All(copies, copy => Assert.True(Words(copy).Length >= Words(copies[^1]).Length && copy.Answers.Count > 0));
    }

    [Fact]
    public void Deleting_leaves_answers_and_at_least_one_word()
    {
        var none = new QuestionAnswer("q", "?", "nothing answers this", []);
        Assert.All(new EasyDataAugmentation { Replaced = 0, Deleted = 1 }.Augment(none, new RandomStream(1)).SkipLast(1), copy => Assert.Single(Words(copy)));
        foreach (var (_, copies) in Augmented(new() { Replaced = 0, Deleted = 1 }))
            Assert.All(copies.SkipLast(1), copy => Assert.Contains(copies[^1].Answers[0].Text, copy.Context, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_any_technique_only_the_question_comes_back_and_shares_above_1_are_refused()
    {
        Assert.Single(new EasyDataAugmentation { Replaced = 0 }.Augment(questions[0], new RandomStream(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EasyDataAugmentation { Deleted = 1.5 });
    }

    [Fact]
    public void Generated_questions_come_with_changed_copies_of_the_other_domains_behind_those_of_the_domain()
    {
        var plain = new QuestionSource { Train = 12, Validation = 0, Test = 3 }.Load(null).Train;
        var more = new QuestionSource { Train = 12, Validation = 0, Test = 3, TrainOutOfDomain = 5, Eda = new(), BackTranslates = true }.Load(null).Train;
        Assert.Equal(12, plain.Count);
        Assert.Equal(12 + 5 + 5 * 5 + 5, more.Count);
        Assert.Equal("question ships-train-0", more.Name(12));
        Assert.EndsWith("-back", more.Name(more.Count - 1), StringComparison.Ordinal);
    }
}
