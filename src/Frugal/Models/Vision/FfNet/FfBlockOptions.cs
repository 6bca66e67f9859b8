using Frugal.Layers;

namespace Frugal.Models.Vision;

/// <summary>What a block of FFNet is built from.</summary>
internal sealed record FfBlockOptions(
    long Dim, long KernelSize, long KernelSize1, long KernelSize2, long ExpansionRatio, Activation Activation, TokenMixing Mixing, bool HasSqueezeExcite, double? LayerScale, double DropPathRate);
