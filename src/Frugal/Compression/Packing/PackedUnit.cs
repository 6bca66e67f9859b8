using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression.Packing;

/// <summary>What is packed together or not at all: a layer alone, or a chain with the modules whose work it takes over.</summary>
/// <param name="Trials">The layers in it.</param>
/// <param name="Replacements">What is put where.</param>
/// <param name="Path">Where the packed module stands.</param>
/// <param name="Timing">How long what it replaces takes, and it.</param>
internal sealed record PackedUnit(
    IReadOnlyList<LayerTrial> Trials, IReadOnlyList<(string Path, Module Replacement)> Replacements, string Path, Timing? Timing)
{
    /// <summary>Whether several layers run as one call.</summary>
    public bool IsChain => Packed is PackedChainLayer;

    /// <summary>The packed module.</summary>
    public Module<Tensor, Tensor> Packed => (Module<Tensor, Tensor>)Replacements.First(replacement => replacement.Path == Path).Replacement;

    /// <summary>A layer alone.</summary>
    public static PackedUnit Of(LayerTrial trial) => new([trial], [(trial.Call.Path, trial.Packed!)], trial.Call.Path, trial.Timing);

    /// <summary>A convolution that takes over the normalisation and the activation behind it, not measured yet; or null where nothing follows it.</summary>
    public static PackedUnit? TryFollowed(Segment segment, LayerTrial trial)
    {
        var norm = segment.Working.Select(leaf => leaf.Module).OfType<BatchNorm2d>().FirstOrDefault();
        var activation = segment.Working.Skip(1).Select(leaf => SpanOperators.ActivationOf(leaf.Module)).FirstOrDefault(function => function is not null);
        if ((norm is null && activation is null) || trial.Packed is not PackedConv2dLayer alone)
            return null;
        var packed = alone.FollowedBy(norm, activation ?? Kernels.Activation.Identity);
        packed.eval();
        return new([trial], [.. segment.Working.Select((leaf, i) => (leaf.Path, (Module)(i == 0 ? packed : Identity())))], trial.Call.Path, null);
    }

    /// <summary>A segment as one call, not measured yet; or null where its modules cannot be replaced.</summary>
    public static PackedUnit? TryChain(Module model, Segment segment, IReadOnlyDictionary<TracedCall, LayerTrial> trials)
    {
        var tops = segment.Tops;
        var last = segment.Leaves.Last(trials.ContainsKey);
        var host = tops.Last(top => top.Encloses(last));
        var layers = segment.Working.Select(leaf => trials.TryGetValue(leaf, out var trial) ? trial.Packed! : SpanOperators.Copy(leaf.Module)).ToList();
        var replacements = new List<(string, Module)>();
        try
        {
            foreach (var top in tops)
            {
                Module replacement = ReferenceEquals(top, host) ? PackedChainLayer.Of(layers) : Identity();
                replacement.eval();
                ModuleSurgery.RequireReplaceable(model, top.Path, replacement.GetType());
                replacements.Add((top.Path, replacement));
            }
        }
        catch (FrugalException)
        {
            // A member that holds only its own type, or widths that do not fit after all: the layers are packed one by one.
            return null;
        }
        return new([.. segment.Leaves.Where(trials.ContainsKey).Select(leaf => trials[leaf])], replacements, host.Path, null);
    }
}
