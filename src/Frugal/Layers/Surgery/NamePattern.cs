namespace Frugal.Layers.Surgery;

/// <summary>
/// A pattern over module paths: <c>*</c> stands for any run of characters, dots included, and <c>?</c> for one, so that <c>*.fc1</c> and
/// <c>blocks.*.mlp.fc?</c> both match <c>blocks.0.mlp.fc1</c>.
/// </summary>
/// <param name="Text">The pattern.</param>
public readonly record struct NamePattern(string Text)
{
    /// <summary>True when the whole path matches.</summary>
    public bool Matches(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        // Greedy with one point to return to: the last star takes one character more whenever what follows it fails.
        int at = 0, read = 0, star = -1, starRead = 0;
        while (read < path.Length)
        {
            if (at < Text.Length && Text[at] == '*')
            {
                (star, starRead) = (at++, read);
            }
            else if (at < Text.Length && (Text[at] == '?' || Text[at] == path[read]))
            {
                at++;
                read++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                read = ++starRead;
            }
            else
            {
                return false;
            }
        }
        return Text.AsSpan(at).TrimStart('*').IsEmpty;
    }
}
