namespace Frugal.Data.Text.Augmentation;

/// <summary>The four ways in which easy data augmentation changes a text (Wei and Zou 2019, arXiv 1901.11196), with the words of answers left alone.</summary>
internal static class WordChanges
{
    private const int InsertionTries = 10, SwapTries = 6;

    /// <summary>Replaces some words by a synonym, each wherever it stands.</summary>
    public static List<string> Replace(AnsweredWords text, double share, Thesaurus thesaurus, RandomStream random)
    {
        List<string> words = [.. text.Words];
        string[] eligible = [.. words.Distinct().Where(text.IsEligible)];
        foreach (string word in random.NextPermutation(eligible.Length).Select(i => eligible[i]).Where(word => thesaurus.Of(word).Count > 0).Take(CountOf(text, share)).ToList())
        {
            var synonyms = thesaurus.Of(word);
            string synonym = synonyms[random.NextInt(synonyms.Count)];
            words = [.. words.Select(other => other == word ? synonym : other)];
        }
        return words;
    }

    /// <summary>Inserts the first synonym of some words at random places.</summary>
    public static List<string> Insert(AnsweredWords text, double share, Thesaurus thesaurus, RandomStream random)
    {
        List<string> words = [.. text.Words];
        for (int i = CountOf(text, share); i > 0 && words.Count > 0; i--)
            for (int tries = 0; tries < InsertionTries; tries++)
            {
                string word = words[random.NextInt(words.Count)];
                int place = random.NextInt(words.Count + 1);
                if (!text.IsEligible(word) || thesaurus.Of(word) is not [var synonym, ..] || text.IsWithinAnswer(words, place))
                    continue;
                words.Insert(place, synonym);
                break;
            }
        return words;
    }

    /// <summary>Lets some pairs of words change places.</summary>
    public static List<string> Swap(AnsweredWords text, double share, RandomStream random)
    {
        List<string> words = [.. text.Words];
        for (int i = CountOf(text, share); i > 0 && words.Count > 1; i--)
            for (int tries = 0; tries < SwapTries; tries++)
            {
                var (one, other) = (random.NextInt(words.Count), random.NextInt(words.Count));
                if (one == other || text.IsOfAnswer(words[one]) || text.IsOfAnswer(words[other]))
                    continue;
                (words[one], words[other]) = (words[other], words[one]);
                break;
            }
        return words;
    }

    /// <summary>Leaves words out by chance; one word is always left.</summary>
    public static List<string> Delete(AnsweredWords text, double rate, RandomStream random)
    {
        if (text.Words.Length <= 1)
            return [.. text.Words];
        List<string> words = [.. text.Words.Where(word => text.IsOfAnswer(word) || !random.NextBool(rate))];
        return words.Count > 0 ? words : [text.Words[random.NextInt(text.Words.Length)]];
    }

    private static int CountOf(AnsweredWords text, double share) => Math.Max(1, (int)(share * text.Words.Length));
}
