using Frugal.Graphs.Groups;
using Frugal.Layers.Surgery;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression.Pruning;

/// <summary>How important the channels of a group are.</summary>
internal static class ChannelScores
{
    /// <summary>A score for each channel, or null where the group has nothing to be judged by.</summary>
    public static IReadOnlyList<double>? Of(Module model, ChannelGroup group, ChannelImportance importance)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var judged = group.Members
            .Select(member => (Member: member, Layer: member.Layer.Length == 0 ? model : ModuleSurgery.Find(model, member.Layer)))
            .Where(judged => importance == ChannelImportance.Scale ? IsScale(judged.Layer, judged.Member) : Weight(judged.Layer, judged.Member).dim() > 1)
            .Select(judged => ByChannel(Weight(judged.Layer, judged.Member), judged.Member))
            .ToList();
        if (judged.Count == 0)
            return null;
        if (importance == ChannelImportance.L1)
            judged = [.. judged.Select(sums => sums / sums.mean().clamp_min(double.Epsilon))];
        return [.. stack(judged).mean([0]).data<double>()];
    }

    /// <summary>Mean of the absolute values that belong to each channel, <c>[channels]</c>.</summary>
    private static Tensor ByChannel(Tensor weight, ChannelMember member)
    {
        long[] places = [.. member.Indexes.SelectMany(indexes => indexes).Select(index => (long)index)];
        var slices = weight.detach().to(float64).abs().index_select(member.Dimension, tensor(places, device: weight.device));
        return slices.transpose(0, member.Dimension).reshape(member.Indexes.Count, -1).mean([1]).cpu();
    }

    private static Tensor Weight(Module layer, ChannelMember member)
    {
        string name = member.Layer.Length == 0 ? member.Parameter : member.Parameter[(member.Layer.Length + 1)..];
        return layer.get_parameter(name) ?? layer.get_buffer(name)
            ?? throw new FrugalException($"'{member.Parameter}' is no parameter of the model any more; find its channel groups anew");
    }

    private static bool IsScale(Module layer, ChannelMember member) =>
        layer is BatchNorm1d or BatchNorm2d or BatchNorm3d && member.Parameter.EndsWith(".weight", StringComparison.Ordinal);
}
