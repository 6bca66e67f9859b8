namespace Frugal.Data.Text.Augmentation;

/// <summary>Words that may stand for each other. A small English one is built in; use a larger one for real texts.</summary>
public sealed class Thesaurus
{
    private readonly Dictionary<string, List<string>> synonyms = new(StringComparer.Ordinal);

    /// <param name="groups">Groups of words that mean much the same, in lower case; a word may be in several.</param>
    public Thesaurus(IEnumerable<IReadOnlyList<string>> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        foreach (var group in groups)
            foreach (string word in group)
            {
                if (!synonyms.TryGetValue(word, out var own))
                    synonyms[word] = own = [];
                own.AddRange(group.Where(other => other != word && !own.Contains(other)));
            }
    }

    /// <summary>About fifty groups of everyday words.</summary>
    public static Thesaurus Small { get; } = new(
        ("big large great|small little tiny|old ancient aged|new fresh recent|fast quick rapid|slow sluggish|born delivered|city town|house home dwelling|street road lane|river stream|forest wood woods|hill mount|"
            + "sea ocean|coast shore|ship vessel boat|captain skipper|crew sailors|freight cargo load|sank foundered|bottom floor|found discovered|lost missing|began started|ended finished closed|killed slain|worst gravest|"
            + "enemy foe|eats devours|hunts chases|sleeps rests|lives dwells|live dwell|worked laboured|trade craft|earned gained|loved adored|passion devotion|spent passed|died perished|life existence|known famous|fame "
            + "renown|visitors guests|council assembly|people inhabitants|wrote penned|scenes episodes|set placed|split divided|theme subject|orbit circuit|star sun|surface crust|covered coated|detected spotted|reveal show|"
            + "full filled|long lengthy|family relatives|neighbours locals|letters notes|quiet calm|evening night|year twelvemonth|time period|near close|houses homes|described portrayed|stable steady|young offspring|"
            + "important vital|happy glad|sad sorrowful|car automobile|doctor physician|job post|money cash|answer reply|question query").Split('|').Select(group => group.Split(' ')));

    /// <summary>What may stand for a word; none for one that is not there.</summary>
    public IReadOnlyList<string> Of(string word) => synonyms.TryGetValue(word, out var own) ? own : [];
}
