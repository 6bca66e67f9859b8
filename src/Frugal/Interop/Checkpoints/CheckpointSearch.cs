namespace Frugal.Interop;

/// <summary>What was found under a root of checkpoints.</summary>
/// <param name="Latest">The newest whole checkpoint, or <c>null</c> when there is none.</param>
/// <param name="Ignored">A line for everything that is newer or unfinished and cannot be used: the path and why.</param>
public sealed record CheckpointSearch(CheckpointFolder? Latest, IReadOnlyList<string> Ignored);
