using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training;

/// <summary>What a training method must keep over a checkpoint, beyond what the update counter determines.</summary>
/// <param name="Tensors">Tensors by name; the checkpoint stores them beside the optimiser's.</param>
/// <param name="Numbers">Numbers by name.</param>
public sealed record MethodState(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, double> Numbers)
{
    /// <summary>The state of a method that has none.</summary>
    public static readonly MethodState None = new(new Dictionary<string, Tensor>(), new Dictionary<string, double>());

    /// <summary>The weights of a method's own module.</summary>
    public static MethodState Of(Module module) => new(ModelWeights.Stored(module).ToDictionary(stored => stored.Name, stored => stored.Tensor), None.Numbers);

    /// <summary>Gives a method's own module the weights that <see cref="Of"/> kept.</summary>
    public void CopyTo(Module module)
    {
        using var frozen = no_grad();
        foreach (var (name, tensor) in ModelWeights.Stored(module))
            tensor.copy_(Tensors[name]);
    }
}
