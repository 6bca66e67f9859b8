using Frugal.Recipes;
using static System.FormattableString;

namespace Frugal.Studies.Results;

/// <summary>
/// Says of a compressed arm when 8-bit integers alone beat it: any network has those for one conversion, so a method that does not reach them saves nothing. The peer is the arm whose
/// recipe is the baseline's with <c>quantize-int8</c> behind it.
/// </summary>
internal static class Int8Peer
{
    private const string Step = "quantize-int8";

    // Below this part of the baseline's bytes or weights, an arm means to save.
    private const double Compressed = 0.95;

    /// <summary>Adds the advice; a study without such a peer is as before.</summary>
    public static IReadOnlyList<ArmResult> Mark(IReadOnlyList<ArmResult> arms, string baselineName)
    {
        if (arms.FirstOrDefault(arm => arm.Name == baselineName) is not { } baseline || arms.FirstOrDefault(arm => IsPeer(arm, baseline)) is not { } peer)
            return arms;
        return [.. arms.Select(arm => arm != peer && arm != baseline && Saves(arm, baseline) && ParetoFront.Dominates(peer, arm)
            ? arm with { Advice = [.. arm.Advice, Sentence(arm, peer)] }
            : arm)];
    }

    private static bool IsPeer(ArmResult arm, ArmResult baseline) =>
        arm.Steps.Any(step => step.Step == Step) && arm.Steps.Select(step => step.Step).Where(step => step != Step).SequenceEqual(baseline.Steps.Select(step => step.Step));

    private static bool Saves(ArmResult arm, ArmResult baseline) =>
        new[] { Metric.Bytes, Metric.NonZeroParameters, Metric.Parameters }.Any(metric => arm.Mean(metric) < Compressed * baseline.Mean(metric));

    private static string Sentence(ArmResult arm, ArmResult peer) => Invariant(
        $"Dominated by {peer.Name}: 8-bit integers alone are at least as accurate ({peer.Mean(Metric.Accuracy):P1}), take {peer.Mean(Metric.Bytes) / arm.Mean(Metric.Bytes):P0} of its bytes and {peer.Mean(Metric.Latency1) / arm.Mean(Metric.Latency1):P0} of its time for one example.");
}
