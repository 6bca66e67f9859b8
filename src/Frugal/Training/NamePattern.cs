using System.IO.Enumeration;

namespace Frugal.Training;

/// <summary>Patterns for the names of parameters, e.g. <c>*.bias</c> or <c>layer1.*</c>: <c>*</c> stands for any characters, <c>?</c> for one.</summary>
internal static class NamePattern
{
    /// <summary>True when the whole name fits one of the patterns.</summary>
    public static bool MatchesAny(IReadOnlyList<string> patterns, string name)
    {
        foreach (string pattern in patterns)
            if (FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false))
                return true;
        return false;
    }
}
