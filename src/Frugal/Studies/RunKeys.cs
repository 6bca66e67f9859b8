namespace Frugal.Studies;

/// <summary>The identities of all runs of a study. That of a run takes in those of the runs that it learns from.</summary>
internal sealed class RunKeys(Study study, string dataFingerprint)
{
    private readonly Dictionary<string, string> texts = study.Arms.Keys.ToDictionary(arm => arm, arm => RecipeText.Of(study.RecipeOf(arm)));

    /// <summary>The recipe of an arm with every option written out.</summary>
    public string TextOf(string arm) => texts[arm];

    /// <summary>The key of an arm's run with one of the study's seeds.</summary>
    public string Of(string arm, long seed) =>
        RunKey.Of(texts[arm], dataFingerprint, seed + study.Arms[arm].SeedOffset, study.TeachersOf(arm).Select(teacher => Of(teacher, seed)));
}
