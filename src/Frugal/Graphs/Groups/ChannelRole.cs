namespace Frugal.Graphs.Groups;

/// <summary>What a dimension of a parameter does with the channels of a group.</summary>
public enum ChannelRole
{
    /// <summary>Goes along with each channel on its own: a norm's scale, a running mean, a depthwise filter, an added embedding.</summary>
    Carries,

    /// <summary>Makes the channels: the output dimension of a weight, and its bias.</summary>
    Makes,

    /// <summary>Sums over the channels: the input dimension of a weight. Whoever doubles a channel halves what is here.</summary>
    Reads,
}
