using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>How a layer runs while its router decides.</summary>
public sealed record RoutingContext
{
    /// <summary>True in training: noise is added, and the training capacity counts.</summary>
    public bool IsTraining { get; init; }

    /// <summary>True while a model is captured: the router must then give <see cref="Routing.Dense"/>, with operators that do not depend on the values.</summary>
    public bool IsCaptured { get; init; }

    /// <summary>How many tokens an expert takes; null for all that chose it.</summary>
    public ExpertCapacity? Capacity { get; init; }

    /// <summary>Which tokens are routed, truth values <c>[groups, tokens]</c>, for routers of the top k: the others go to no expert and take no room (DeepSpeed's used tokens). Null for all.</summary>
    public Tensor? Used { get; init; }

    /// <summary>Where random numbers come from.</summary>
    public RoutingDraws Draws { get; init; } = new();
}
