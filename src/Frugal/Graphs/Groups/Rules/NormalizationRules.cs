using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups.Rules;

/// <summary>Normalisations. Their scales and statistics go with the channels; a layer norm over channels of which some are gone normalises over the rest.</summary>
internal static class NormalizationRules
{
    public static void AddTo(ChannelRules rules)
    {
        rules.Add(["batch_norm", "instance_norm"], call => PerChannel(call));
        rules.Add("group_norm", Group);
        rules.Add(["layer_norm", "rms_norm"], call => call.Return(call.Broadcast([.. call.Node.Inputs.Select(call.Of)], call.OutputShape)));
    }

    private static void PerChannel(ChannelCall call)
    {
        var channels = call.Algebra.Along(call.X, 1);
        foreach (var value in call.Node.Inputs.Skip(1))
            call.Algebra.Tie(channels, call.Of(value).BlockOf(0)?.Slots, call.X.Origin);
        for (int axis = 0; axis < call.X.Rank; axis++)
        {
            if (axis != 1)
                call.FreezeAlong(call.X, axis, "statistics are taken over it");
        }
        call.Return(new SlotLayout(call.OutputShape, channels is null ? [] : [new SlotBlock([1], channels)], call.X.Origin));
    }

    private static void Group(ChannelCall call)
    {
        int groups = (int)call.Integer("num_groups");
        if (call.Algebra.Along(call.X, 1) is { } channels)
        {
            // The number of groups is the norm's own: only a layer that can be built anew has another one when groups are gone.
            if (call.Tensor("weight") is null)
                call.Algebra.Freeze(channels, "the number of groups is fixed");
            else if (GroupedChannels.GoWhole(channels.Length, groups))
                GroupedChannels.UniteWhole(call.Sets, [channels], groups);
            else
                GroupedChannels.UnitePlaces(call.Sets, channels, groups);
        }
        PerChannel(call);
    }
}
