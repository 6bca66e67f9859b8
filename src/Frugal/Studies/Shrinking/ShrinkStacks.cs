using Frugal.Compression;
using Frugal.Compression.Packing;
using Frugal.Compression.Pruning;
using Frugal.Compression.Quantization;
using Frugal.Recipes;
using Frugal.Recipes.Steps;
using Frugal.Training.Methods.Pruning;
using static System.FormattableString;

namespace Frugal.Studies.Shrinking;

/// <summary>The stacks that are worth a try for a goal, the cheapest first.</summary>
/// <remarks>
/// 8-bit integers take a quarter of the bytes, so that a stack that ends in them cuts less before. How far each stack cuts follows from the goal: channels go by the square root of what weights go by, since a
/// layer loses inputs and outputs.
/// </remarks>
internal static class ShrinkStacks
{
    // Bytes of 8-bit weights, with scales and zero points, for one of floating point.
    private const double Int8Share = 0.27;

    // Weights that are kept beside their positions, in blocks of four, for one of the dense layer.
    private const double SparseShare = 1.2;

    // What counts as mostly linear, so that packed layers and thin factors pay.
    private const double MostlyLinear = 0.5;

    /// <summary>The stacks for a network and a goal.</summary>
    public static IReadOnlyList<ShrinkStack> Of(LayerMix mix, ShrinkGoal goal, ShrinkTraining training)
    {
        bool countsBytes = goal.Measure is ShrinkMeasure.Bytes or ShrinkMeasure.Latency;
        double alone = goal.Share, before = countsBytes ? Math.Min(0.9, goal.Share / Int8Share) : goal.Share;
        bool isLinear = mix.Linear >= MostlyLinear;
        return
        [
            .. countsBytes ? Stacks(Int8()) : [],
            .. countsBytes ? Stacks(LowRankInt8(before, training), ChannelsInt8(before, training), All(before, training)) : [],
            .. Stacks(Channels(alone, goal.Measure, training), LowRank(alone, training)),
            .. isLinear && goal.Measure != ShrinkMeasure.Flops && goal.Measure != ShrinkMeasure.Parameters ? Stacks(PrunedPacked(alone, training)) : [],
            .. countsBytes ? [] : Stacks(ChannelsLowRank(alone, training)),
        ];
    }

    private static ShrinkStack[] Stacks(params ShrinkStack[] stacks) => stacks;

    private static ShrinkStack Int8() => new("int8", "8-bit integers, without any training", [new QuantizeInt8(), new Validate()]);

    private static ShrinkStack LowRankInt8(double keep, ShrinkTraining training) => new(
        "low-rank-int8", Invariant($"two thin factors for each layer, {keep:P0} of its numbers; repaired against the original; 8-bit integers"),
        [Thin(keep), training.Repair(), new QuantizeInt8(), new Validate()]);

    private static ShrinkStack ChannelsInt8(double keep, ShrinkTraining training) => new(
        "channels-int8", Invariant($"{Math.Sqrt(keep):P0} of the channels, repaired against the original; 8-bit integers"),
        [Narrow(keep), training.Repair(), new QuantizeInt8(), new Validate()]);

    private static ShrinkStack All(double keep, ShrinkTraining training) => new(
        "channels-low-rank-int8", Invariant($"{Math.Sqrt(Math.Sqrt(keep)):P0} of the channels, distilled; two thin factors, {Math.Sqrt(keep):P0} of each layer; repaired; 8-bit integers"),
        [Narrow(Math.Sqrt(keep)), training.Repair(0.5), Thin(Math.Sqrt(keep)), training.Repair(0.5), new QuantizeInt8(), new Validate()]);

    private static ShrinkStack Channels(double keep, ShrinkMeasure measure, ShrinkTraining training) => new(
        "channels", Invariant($"fewer channels, {keep:P0} of the {(measure == ShrinkMeasure.Flops ? "multiply-adds" : "weights")}, repaired against the original"),
        [measure == ShrinkMeasure.Flops ? new ChannelPruning { KeepMacs = keep } : Narrow(keep), training.Repair(), new Validate()]);

    private static ShrinkStack LowRank(double keep, ShrinkTraining training) => new(
        "low-rank", Invariant($"two thin factors for each layer, {keep:P0} of its numbers, repaired against the original"),
        [Thin(keep), training.Repair(), new Validate()]);

    private static ShrinkStack ChannelsLowRank(double keep, ShrinkTraining training) => new(
        "channels-low-rank", Invariant($"{Math.Sqrt(Math.Sqrt(keep)):P0} of the channels, distilled; two thin factors, {Math.Sqrt(keep):P0} of each layer; repaired"),
        [Narrow(Math.Sqrt(keep)), training.Repair(0.5), Thin(Math.Sqrt(keep)), training.Repair(0.5), new Validate()]);

    private static ShrinkStack PrunedPacked(double keep, ShrinkTraining training)
    {
        double sparsity = 1 - keep / SparseShare;
        return new(
            "pruned-packed", Invariant($"{sparsity:P0} of the weights zero, in blocks of four outputs, while the original teaches; packed for the sparse kernels"),
            [training.Repair(1, new GradualPruning { FinalSparsity = sparsity, Begin = 0, End = 0.6, Interval = Duration.Batches(10), Pattern = BlockPattern.FourByOne }), new Pack(), new Validate()]);
    }

    private static LowRankFactorization Thin(double keep) => new() { Ratio = 1 / keep };

    private static ChannelPruning Narrow(double keep) => new() { Ratio = 1 - Math.Sqrt(keep) };
}
