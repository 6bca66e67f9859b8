using static TorchSharp.torch;

namespace Frugal.Training;

/// <summary>What a training method must keep over a checkpoint, beyond what the update counter determines.</summary>
/// <param name="Tensors">Tensors by name; the checkpoint stores them beside the optimiser's.</param>
/// <param name="Numbers">Numbers by name.</param>
public sealed record MethodState(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, double> Numbers)
{
    /// <summary>The state of a method that has none.</summary>
    public static readonly MethodState None = new(new Dictionary<string, Tensor>(), new Dictionary<string, double>());
}
