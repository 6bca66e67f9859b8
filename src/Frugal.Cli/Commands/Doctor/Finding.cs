namespace Frugal.Cli.Commands.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Verdict">What it means.</param>
/// <param name="Found">What was found, or what is wrong with it.</param>
/// <param name="Remedy">What would make it right; null where it is right already.</param>
internal sealed record Finding(string Subject, Verdict Verdict, string Found, string? Remedy = null)
{
    public static Finding Ok(string subject, string found) => new(subject, Verdict.Ok, found);

    public static Finding Warn(string subject, string found, string remedy) => new(subject, Verdict.Warn, found, remedy);
}
