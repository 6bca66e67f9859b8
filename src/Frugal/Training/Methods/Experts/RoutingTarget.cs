namespace Frugal.Training.Methods.Experts;

/// <summary>What a router that decides before the network runs is taught from.</summary>
public enum RoutingTarget
{
    /// <summary>The authors' code: signed activities above five thresholds, matched with the units that an expert has alone; hard labels and soft targets.</summary>
    Graded,

    /// <summary>The paper's formula: how many of the most active units an expert has, as a divergence.</summary>
    Overlap,
}
