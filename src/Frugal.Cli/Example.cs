namespace Frugal.Cli;

/// <summary>A line that a person can copy, and what it does.</summary>
/// <param name="Line">The command line.</param>
/// <param name="What">What it does, in a few words.</param>
internal sealed record Example(string Line, string What);
