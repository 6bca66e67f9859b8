using Frugal.Layers.Surgery;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>Which segments run as one call, and which of their layers are packed alone.</summary>
/// <param name="model">The network.</param>
/// <param name="network">The network, for trying units in it.</param>
/// <param name="examples">Inputs, <c>[batch, …]</c>.</param>
/// <param name="maxError">Largest error of a packed layer.</param>
internal sealed class UnitChoice(Module<Tensor, Tensor> model, WholeNetwork network, Tensor examples, double maxError)
{
    /// <summary>The units that are faster than what they replace.</summary>
    /// <param name="segments">Where layers follow each other.</param>
    /// <param name="convolutions">Convolutions with what directly follows each.</param>
    /// <param name="trials">The layers that have a packed form.</param>
    /// <param name="rowCounts">Rows that a layer is given, by batch size.</param>
    public IReadOnlyList<PackedUnit> Of(
        IReadOnlyList<Segment> segments, IReadOnlyList<Segment> convolutions, IReadOnlyDictionary<TracedCall, LayerTrial> trials, Func<TracedCall, IReadOnlyList<int>> rowCounts)
    {
        var chains = segments.Where(segment => segment.Working.Skip(1).Any())
            .Select(segment => (segment, unit: TryWhole(segment, PackedUnit.TryChain(model, segment, trials), rowCounts)))
            .Concat(convolutions.Select(segment => (segment, unit: TryWhole(segment, PackedUnit.TryFollowed(segment, trials[segment.Leaves[0]]), rowCounts))))
            .Where(tried => tried.unit?.Timing!.Gain >= Packing.LeastGain)
            .ToList();
        var alone = trials.Keys.Except(chains.SelectMany(chain => chain.segment.Leaves)).Select(call => PackedUnit.Of(trials[call]));
        return [.. chains.Select(chain => chain.unit!), .. alone.Where(unit => unit.Timing!.Gain >= Packing.LeastGain && IsReplaceable(unit))];
    }

    private PackedUnit? TryWhole(Segment segment, PackedUnit? unit, Func<TracedCall, IReadOnlyList<int>> rowCounts)
    {
        if (unit is null || !IsWhatItSeems(segment))
            return null;
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (dense, rows) = (new ModuleRun([.. segment.Leaves.Select(leaf => leaf.Module)]), segment.Leaves[0].Rows!);
        // Errors add up along the chain.
        return RelativeError.Of(unit.Packed.call(rows), dense.call(rows)) <= Packing.Rounding + maxError * unit.Trials.Count
            ? unit with { Timing = Timing.Of(dense, [unit.Packed], rows, rowCounts(segment.Leaves[0]))[0] }
            : null;
    }

    // A network may do more with what passes between modules than hand it on, which hooks cannot see: then its output changes when all of the segment runs at one place.
    private bool IsWhatItSeems(Segment segment)
    {
        using var scope = NewDisposeScope();
        var tops = segment.Tops;
        var run = new ModuleRun([.. segment.Leaves.Select(leaf => leaf.Module)]);
        var places = tops.Select((top, i) => (top.Path, (Module)(i == tops.Count - 1 ? run : Identity()))).ToList();
        var moved = new PackedUnit([], places, tops[^1].Path, null);
        return IsReplaceable(moved) && RelativeError.Of(network.Output([moved], examples), network.Output([], examples)) <= Packing.Rounding;
    }

    private bool IsReplaceable(PackedUnit unit)
    {
        try
        {
            foreach (var (path, replacement) in unit.Replacements)
                ModuleSurgery.RequireReplaceable(model, path, replacement.GetType());
            return true;
        }
        catch (FrugalException)
        {
            // The network holds the module in a member of its own type: it is left dense, and says so.
            return false;
        }
    }
}
