namespace Frugal.Layers;

/// <summary>How the values that a discrete key-value bottleneck looked up become its output.</summary>
public enum ValueDecoder
{
    /// <summary>Their mean, without further parameters: values are as wide as the output, e.g. logits of classes.</summary>
    Mean,

    /// <summary>A network of one hidden layer on their mean.</summary>
    MeanNetwork,

    /// <summary>A network of one hidden layer on all of them side by side.</summary>
    ConcatenatedNetwork,
}
