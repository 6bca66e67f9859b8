namespace Frugal.Graphs.Groups;

/// <summary>
/// Channels that are each removed, or doubled, in several parameters at once (a dependency group, in the words of Fang et al. 2023, "DepGraph"). The channels of a group all
/// take part in the same dimensions and can be chosen freely from each other.
/// </summary>
/// <param name="NumChannels">How many there are.</param>
/// <param name="Members">The dimensions, in the order of the model's parameters; each has an entry for every channel.</param>
/// <param name="FrozenBecause">Why no channel can be removed, or null when all but one can.</param>
public sealed record ChannelGroup(int NumChannels, IReadOnlyList<ChannelMember> Members, string? FrozenBecause)
{
    /// <summary>Paths of the layers that make the channels, or carry them where none makes them.</summary>
    public IReadOnlyList<string> Layers { get; } =
        [.. (Members.Any(m => m.Role == ChannelRole.Makes) ? Members.Where(m => m.Role == ChannelRole.Makes) : Members).Select(m => m.Layer).Distinct()];

    /// <summary>Size and members in a line, and why it is frozen.</summary>
    public override string ToString() =>
        $"{NumChannels} of {string.Join(", ", Members)}{(FrozenBecause is null ? "" : $" (frozen: {FrozenBecause})")}";
}
