namespace Frugal.Catalogue;

/// <summary>Finds the name a person most likely meant.</summary>
public static class NearestName
{
    /// <summary>
    /// The known name with the fewest letters to insert, remove, change or swap, or null when none is near: more than a third of the letters, and more than
    /// two of them, would have to change.
    /// </summary>
    public static string? Of(string written, IEnumerable<string> known)
    {
        string? nearest = null;
        int best = Math.Max(2, written.Length / 3) + 1;
        foreach (string name in known.Where(name => Math.Abs(name.Length - written.Length) < best || name.Contains(written, StringComparison.Ordinal)))
        {
            // What is written out in part ("pruning" for "gradual-pruning") is nearer than its missing letters say.
            int distance = written.Length >= 4 && name.Contains(written, StringComparison.Ordinal) ? 2 : Distance(written, name);
            if (distance < best && distance < Math.Max(name.Length, written.Length))
                (best, nearest) = (distance, name);
        }
        return nearest;
    }

    /// <summary>The nearest name as the end of a sentence, <c>; did you mean `lamb`?</c>, or nothing when none is near.</summary>
    public static string Hint(string written, IEnumerable<string> known) =>
        Of(written, known) is { } name ? $"; did you mean `{name}`?" : "";

    // Optimal string alignment; what is written is cut, since a name of a thousand letters is near to nothing.
    private static int Distance(string written, string name)
    {
        if (written.Length > 100)
            return int.MaxValue;
        var distance = new int[written.Length + 1, name.Length + 1];
        for (int i = 0; i <= written.Length; i++)
            distance[i, 0] = i;
        for (int j = 0; j <= name.Length; j++)
            distance[0, j] = j;
        for (int i = 1; i <= written.Length; i++)
            for (int j = 1; j <= name.Length; j++)
            {
                int change = char.ToLowerInvariant(written[i - 1]) == name[j - 1] ? 0 : 1;
                distance[i, j] = Math.Min(Math.Min(distance[i - 1, j], distance[i, j - 1]) + 1, distance[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && written[i - 1] == name[j - 2] && written[i - 2] == name[j - 1])
                    distance[i, j] = Math.Min(distance[i, j], distance[i - 2, j - 2] + 1);
            }
        return distance[written.Length, name.Length];
    }
}
