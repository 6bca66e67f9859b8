using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>A layer that holds the factors of a weight instead of the weight.</summary>
public interface IFactored
{
    /// <summary>The weight that the factors make up, in the shape that the dense layer has it; with gradients to the factors.</summary>
    Tensor DenseWeight();

    /// <summary>The dense layer that computes the same.</summary>
    Module<Tensor, Tensor> ToDense();

    /// <summary>Numbers that the factors hold.</summary>
    long FactorNumbers { get; }
}
