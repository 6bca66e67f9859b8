namespace Frugal.Layers;

/// <summary>What stands between query and output of FFNified attention.</summary>
public enum TokenMixing
{
    /// <summary>Two depthwise convolutions, in the places of keys and values, with an activation in the place of the softmax.</summary>
    KeyValue,

    /// <summary>The first convolution alone, without activation: the ablation that is linear in space.</summary>
    SingleConvolution,
}
