using Frugal.Catalogue;
using static TorchSharp.torch;

namespace Frugal.Training.Objectives;

/// <summary>What training minimises.</summary>
[CatalogueKind("objective", "objectives")]
public abstract class Objective
{
    /// <summary>Mean loss of a batch, a scalar.</summary>
    /// <param name="outputs">Logits <c>[batch, classes]</c>.</param>
    /// <param name="targets">Labels <c>[batch]</c> (int64) or soft targets <c>[batch, classes]</c>.</param>
    public abstract Tensor Loss(Tensor outputs, Tensor targets);
}
