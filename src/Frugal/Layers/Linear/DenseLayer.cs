using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>Makes a linear layer around weights that exist already, without drawing random ones first: libtorch's generator stays where it was.</summary>
internal static class DenseLayer
{
    /// <summary>A linear layer.</summary>
    /// <param name="weight"><c>[out, in]</c>; copied.</param>
    /// <param name="bias"><c>[out]</c>, or null for none; copied.</param>
    public static Linear Linear(Tensor weight, Tensor? bias)
    {
        var layer = nn.Linear(weight.shape[1], weight.shape[0], bias is not null, Nowhere, weight.dtype);
        layer.weight = ParameterOf(weight);
        if (bias is not null)
            layer.bias = ParameterOf(bias);
        return layer;
    }

    /// <summary>A part of a layer that must still be torch's linear layer.</summary>
    /// <param name="part">The part.</param>
    /// <param name="name">Its name.</param>
    /// <param name="whole">What it is a part of.</param>
    /// <exception cref="FrugalException">A step put something else there.</exception>
    public static Linear Require(nn.Module part, string name, string whole) => part.GetType() == typeof(Linear)
        ? (Linear)part
        : throw new FrugalException($"the {whole}'s '{name}' is a {part.GetName()} by now and no linear layer; do this before its layers are replaced");

    /// <summary>A linear layer with a bias and fresh weights, drawn as torch draws them: both uniform within 1/√fan-in.</summary>
    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="generator">Where the numbers come from.</param>
    public static Linear Fresh(long inFeatures, long outFeatures, Generator generator)
    {
        using var scope = NewDisposeScope();
        double bound = 1 / Math.Sqrt(inFeatures);
        return Linear(empty(outFeatures, inFeatures).uniform_(-bound, bound, generator), FreshBias.Of(outFeatures, inFeatures, generator));
    }

    /// <summary>A parameter with a copy of these values; it belongs to the layer that takes it, whatever dispose scope is open.</summary>
    public static Parameter ParameterOf(Tensor values)
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(values.detach().clone());
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    // Weights on this device have a shape and no values.
    private static Device Nowhere => new(DeviceType.META);
}
