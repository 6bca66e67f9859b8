namespace Frugal.Analysis;

/// <summary>How the kernels of a surrogate's convolutions are stored.</summary>
public enum ConvolutionForm
{
    /// <summary>As they are.</summary>
    Dense,

    /// <summary>A sum of products of a filter along each axis, for every pair of channels.</summary>
    OneWay,

    /// <summary>A sum of products of a filter over the channels and one along each axis, for every output; without time only.</summary>
    Shared,
}
