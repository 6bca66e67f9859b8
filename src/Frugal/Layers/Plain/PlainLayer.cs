using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// What a saved model says of one of torch's own layers where it differs from the architecture's, e.g. after channels were removed. Each is a record whose
/// constructor parameters are the options.
/// </summary>
internal abstract record PlainLayer
{
    private static readonly Dictionary<string, Type> byName = new()
    {
        ["linear"] = typeof(PlainLinear),
        ["conv1d"] = typeof(PlainConv1d),
        ["conv2d"] = typeof(PlainConv2d),
        ["conv-transpose1d"] = typeof(PlainConvTranspose1d),
        ["conv-transpose2d"] = typeof(PlainConvTranspose2d),
        ["batch-norm1d"] = typeof(PlainBatchNorm1d),
        ["batch-norm2d"] = typeof(PlainBatchNorm2d),
        ["group-norm"] = typeof(PlainGroupNorm),
        ["layer-norm"] = typeof(PlainLayerNorm),
        ["activation"] = typeof(PlainActivation),
        ["identity"] = typeof(PlainIdentity),
        ["dropout"] = typeof(PlainDropout),
    };

    /// <summary>Names that a description may use.</summary>
    public static IReadOnlyCollection<string> Names => byName.Keys;

    /// <summary>Name in a saved model.</summary>
    public string Name => byName.First(pair => pair.Value == GetType()).Key;

    /// <summary>The layer, with fresh weights.</summary>
    public abstract Module<Tensor, Tensor> Build();

    /// <summary>The same layer for weights of other shapes, e.g. after channels were removed.</summary>
    /// <param name="shapeOf">The shape of a parameter or buffer, by its name in the layer.</param>
    public abstract PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf);

    /// <summary>The record behind a name, or null.</summary>
    public static Type? TypeOf(string name) => byName.GetValueOrDefault(name);

    /// <summary>The description of a module, or null when it is none of these.</summary>
    public static PlainLayer? Of(Module module) => module switch
    {
        Linear linear => new PlainLinear(linear.in_features, linear.out_features, linear.bias is not null),
        Conv1d convolution => PlainConv1d.Of(convolution),
        Conv2d convolution => PlainConv2d.Of(convolution),
        ConvTranspose1d convolution => PlainConvTranspose1d.Of(convolution),
        ConvTranspose2d convolution => PlainConvTranspose2d.Of(convolution),
        BatchNorm1d norm => new PlainBatchNorm1d(norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats),
        GroupNorm { weight: { } scale } norm => new PlainGroupNorm(norm.num_groups, scale.shape[0], norm.eps),
        BatchNorm2d norm => new PlainBatchNorm2d(norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats),
        LayerNorm norm => new PlainLayerNorm(norm.normalized_shape, norm.eps, norm.elementwise_affine, norm.bias is not null),
        Identity _ => new PlainIdentity(),
        Dropout dropout => new PlainDropout(dropout.p),
        ReLU _ => new PlainActivation(Activation.Relu),
        GELU _ => new PlainActivation(Activation.Gelu),
        TanhGelu _ => new PlainActivation(Activation.GeluTanh),
        SiLU _ => new PlainActivation(Activation.Silu),
        Tanh _ => new PlainActivation(Activation.Tanh),
        Sigmoid _ => new PlainActivation(Activation.Sigmoid),
        LeakyReLU { negative_slope: ActivationLayer.NegativeSlope } => new PlainActivation(Activation.LeakyRelu),
        _ => null,
    };
}
