using Frugal.Catalogue;
using Frugal.Data.Text.Questions;

namespace Frugal.Data.Text.Augmentation;

/// <summary>
/// Copies of questions whose contexts are changed a little: words replaced by synonyms, inserted, swapped or left out (Wei and Zou 2019, EDA; Zhou et al. 2022 for answers, whose words stay). Contexts and answers lose
/// punctuation and capitals first.
/// </summary>
public sealed class EasyDataAugmentation
{
    /// <summary>Changed copies of a question.</summary>
    [Range(1, 1000)]
    public int Copies { get; init => field = Guard.Between(value, 1, 1000); } = 4;

    /// <summary>Words replaced by synonyms, as a share of the text's; 0 for a technique that is not used.</summary>
    [Range(0, 1)]
    public double Replaced { get; init => field = Guard.Between(value, 0, 1); } = 0.3;

    /// <summary>Synonyms inserted, as a share of the text's words.</summary>
    [Range(0, 1)]
    public double Inserted { get; init => field = Guard.Between(value, 0, 1); }

    /// <summary>Pairs of words swapped, as a share of the text's words.</summary>
    [Range(0, 1)]
    public double Swapped { get; init => field = Guard.Between(value, 0, 1); }

    /// <summary>Probability with which a word is left out.</summary>
    [Range(0, 1)]
    public double Deleted { get; init => field = Guard.Between(value, 0, 1); }

    /// <summary>The changed copies, and behind them the question as it is without punctuation and capitals. A copy in which no answer is left is not there.</summary>
    /// <param name="question">The question.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="thesaurus">The synonyms; <see cref="Thesaurus.Small"/> when null.</param>
    public IReadOnlyList<QuestionAnswer> Augment(QuestionAnswer question, RandomStream random, Thesaurus? thesaurus = null)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(random);
        var text = new AnsweredWords(question);
        var changed = Contexts(text, random, thesaurus ?? Thesaurus.Small);
        return [.. changed.Select((words, i) => text.About(words, i == changed.Count - 1 ? question.Id : $"{question.Id}-{i + 1}")).OfType<QuestionAnswer>()];
    }

    /// <summary>The words of as many contexts as there are copies, and of the one without changes; of that one alone where no technique is used.</summary>
    internal IReadOnlyList<IReadOnlyList<string>> Contexts(AnsweredWords text, RandomStream random, Thesaurus thesaurus)
    {
        Func<List<string>>[] active =
        [
            .. new (double Share, Func<List<string>> Change)[]
            {
                (Replaced, () => WordChanges.Replace(text, Replaced, thesaurus, random)),
                (Inserted, () => WordChanges.Insert(text, Inserted, thesaurus, random)),
                (Swapped, () => WordChanges.Swap(text, Swapped, random)),
                (Deleted, () => WordChanges.Delete(text, Deleted, random)),
            }.Where(technique => technique.Share > 0).Select(technique => technique.Change),
        ];
        if (active.Length == 0)
            return [text.Words];
        List<string>[] made = [.. active.SelectMany(change => Enumerable.Range(0, Copies / active.Length + 1).Select(_ => change()))];
        return [.. random.NextPermutation(made.Length).Take(Copies).Select(i => made[i]), text.Words];
    }
}
