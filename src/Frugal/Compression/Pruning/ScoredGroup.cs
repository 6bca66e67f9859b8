using Frugal.Graphs.Groups;

namespace Frugal.Compression.Pruning;

/// <summary>A group of channels that may lose some.</summary>
/// <param name="Group">The group.</param>
/// <param name="Scores">Importance of each channel.</param>
internal sealed record ScoredGroup(ChannelGroup Group, IReadOnlyList<double> Scores)
{
    /// <summary>The channels, least important first; of equal ones the last first.</summary>
    public IReadOnlyList<int> Ascending { get; } = [.. Enumerable.Range(0, Scores.Count).OrderBy(channel => Scores[channel]).ThenByDescending(channel => channel)];

    /// <summary>Whether a channel is a single place in every layer that makes or carries it, so that rounding their number rounds the layers' width.</summary>
    public bool IsSinglePlace { get; } = Group.Members.Where(member => member.Role != ChannelRole.Reads).All(member => member.Indexes[0].Count == 1);
}
