using static System.FormattableString;

namespace Frugal.Analysis;

/// <summary>How a mixture of experts is divided among devices, and what that is estimated to cost. Times are microseconds for one pass of all tokens.</summary>
/// <param name="Layer">The mixture.</param>
/// <param name="ExpertParallel">Groups of devices that divide the experts among them.</param>
/// <param name="Slices">Devices of a group, over which each of its experts is cut.</param>
/// <param name="Replicas">Copies of the whole, each with a part of the tokens.</param>
/// <param name="ByNodes">Whether rows are exchanged within nodes first and then between them.</param>
public sealed record ExpertPlacement(ExpertLayerShape Layer, int ExpertParallel, int Slices, int Replicas, bool ByNodes)
{
    /// <summary>Time of the two exchanges.</summary>
    public required double ExchangeUs { get; init; }

    /// <summary>Time of the experts: reading their weights, or computing, whichever takes longer.</summary>
    public required double ExpertUs { get; init; }

    /// <summary>Time of adding the slices' outputs.</summary>
    public required double ReduceUs { get; init; }

    /// <summary>Time of the block beside the mixture, which runs at the same time.</summary>
    public required double ResidualUs { get; init; }

    /// <summary>Bytes of the experts that stand on a device.</summary>
    public required double DeviceBytes { get; init; }

    /// <summary>Time of the layer.</summary>
    public double LatencyUs => Math.Max(ResidualUs, ExchangeUs + ExpertUs + ReduceUs);

    /// <inheritdoc/>
    public override string ToString() => Invariant(
        $"{Layer.Experts} experts over {ExpertParallel} {(ExpertParallel == 1 ? "rank" : "ranks")}{(Slices > 1 ? $", each cut over {Slices} devices" : "")}{(Replicas > 1 ? $", {Replicas} copies" : "")}{(ByNodes ? ", exchanged by nodes" : "")}: {LatencyUs:0.#} us (exchange {ExchangeUs:0.#}, experts {ExpertUs:0.#}, sums {ReduceUs:0.#}), {DeviceBytes / 1e6:0.###} MB a device");
}
