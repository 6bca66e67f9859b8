namespace Frugal.Studies;

/// <summary>The order in which the arms of a study run: as written, but each after those that it learns from.</summary>
internal static class ArmOrder
{
    /// <summary>Names of the arms in order. There must be no circle in the study.</summary>
    public static IReadOnlyList<string> Of(Study study)
    {
        var ordered = new List<string>();
        foreach (string arm in study.Arms.Keys)
            Add(arm);
        return ordered;

        void Add(string arm)
        {
            if (ordered.Contains(arm))
                return;
            foreach (string teacher in study.TeachersOf(arm))
                Add(teacher);
            ordered.Add(arm);
        }
    }

    /// <summary>Arms that would wait for each other, as <c>a, b, a</c>, or null.</summary>
    public static string? CircleIn(Study study) => study.Arms.Keys.Select(arm => CircleFrom(study, [arm])).FirstOrDefault(circle => circle is not null);

    private static string? CircleFrom(Study study, IReadOnlyList<string> walked)
    {
        foreach (string teacher in study.TeachersOf(walked[^1]))
        {
            if (teacher == walked[0])
                return string.Join(", ", [.. walked, teacher]);
            if (!walked.Contains(teacher) && CircleFrom(study, [.. walked, teacher]) is { } circle)
                return circle;
        }
        return null;
    }
}
