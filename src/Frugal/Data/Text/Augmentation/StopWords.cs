namespace Frugal.Data.Text.Augmentation;

/// <summary>English words that carry grammar more than meaning.</summary>
internal static class StopWords
{
    private static readonly HashSet<string> words =
    [
        .. ("a about above after again against all am an and any are as at be because been before being below between both but by can cannot could did do does doing down during each few for from further had has have having "
            + "he her here hers herself him himself his how i if in into is it its itself just me more most must my myself no nor not now of off on once only or other our ours ourselves out over own same she should so "
            + "some such than that the their theirs them themselves then there these they this those through to too under until up very was we were what when where which while who whom why will with would you your yours "
            + "yourself yourselves").Split(' '),
    ];

    public static bool Contains(string word) => words.Contains(word);
}
