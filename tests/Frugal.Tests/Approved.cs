namespace Frugal.Tests;

/// <summary>
/// Compares a text with the approved one in <c>Approved/NAME.verified.txt</c>. On a difference the new text is written beside it as
/// <c>NAME.received.txt</c>: look at it, and rename it if it is what it should be.
/// </summary>
internal static class Approved
{
    public static void Verify(string name, string text)
    {
        string folder = Path.Combine(RepositoryFolder.Path, "tests", "Frugal.Tests", "Approved");
        string approvedPath = Path.Combine(folder, $"{name}.verified.txt"), receivedPath = Path.Combine(folder, $"{name}.received.txt");
        text = text.ReplaceLineEndings("\n");
        string? approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath) : null;
        if (approved == text)
        {
            File.Delete(receivedPath);
            return;
        }
        File.WriteAllText(receivedPath, text);
        Assert.Fail(approved is null
            ? $"{name} has no approved text yet; look at {receivedPath} and rename it to {Path.GetFileName(approvedPath)}"
            : $"{name} differs from its approved text; compare {receivedPath} with {Path.GetFileName(approvedPath)}{FirstDifference(approved, text)}");
    }

    private static string FirstDifference(string approved, string received)
    {
        string[] was = approved.Split('\n'), now = received.Split('\n');
        int line = Enumerable.Range(0, Math.Max(was.Length, now.Length)).First(i => i >= was.Length || i >= now.Length || was[i] != now[i]);
        return $"\nline {line + 1} was: {was.ElementAtOrDefault(line)}\nline {line + 1} is:  {now.ElementAtOrDefault(line)}";
    }
}
