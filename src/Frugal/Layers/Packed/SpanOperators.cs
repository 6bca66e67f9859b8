using Frugal.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Packed;

/// <summary>What of torch's layers a <see cref="PackedChainLayer"/> can run over spans beside packed ones.</summary>
internal static class SpanOperators
{
    /// <summary>True for what does nothing in evaluation.</summary>
    public static bool IsNothing(Module module) => module is TorchSharp.Modules.Identity or TorchSharp.Modules.Dropout or DropPath;

    /// <summary>The activation that kernels apply as they store sums, or null.</summary>
    public static Kernels.Activation? ActivationOf(Module module) => module switch
    {
        ReLU _ => Kernels.Activation.Relu,
        GELU _ => Kernels.Activation.Gelu,
        SiLU _ => Kernels.Activation.Silu,
        _ => null,
    };

    /// <summary>The activation as a module.</summary>
    public static Module<Tensor, Tensor> ModuleOf(Kernels.Activation activation) => activation switch
    {
        Kernels.Activation.Identity => Identity(),
        Kernels.Activation.Relu => ReLU(),
        Kernels.Activation.Silu => SiLU(),
        Kernels.Activation.GeluTanh => new TanhGelu(),
        _ => GELU(),
    };

    /// <summary>True for a normalisation of rows.</summary>
    public static bool IsNorm(Module module) => module is LayerNorm { normalized_shape.Length: 1 };

    /// <summary>The operator of a normalisation, with its weights of now.</summary>
    public static LayerNormOperator NormOf(LayerNorm norm)
    {
        using var scope = NewDisposeScope();
        float[] weight = norm.weight is { } scale ? PlainNumbers.Of(scale) : [.. Enumerable.Repeat(1f, (int)norm.normalized_shape[0])];
        return new(weight, norm.bias is { } shift ? PlainNumbers.Of(shift) : [], (float)norm.eps);
    }

    /// <summary>A layer that computes the same in evaluation, with weights of its own.</summary>
    public static Module<Tensor, Tensor> Copy(Module module)
    {
        using var mode = no_grad();
        if (module is not LayerNorm norm)
            return PlainLayer.Of(module) is PlainActivation activation ? activation.Build() : Identity();
        var copy = (LayerNorm)PlainLayer.Of(norm)!.Build();
        copy.weight?.copy_(norm.weight!);
        copy.bias?.copy_(norm.bias!);
        return copy;
    }
}
