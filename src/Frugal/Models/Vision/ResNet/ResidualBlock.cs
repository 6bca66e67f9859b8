namespace Frugal.Models.Vision;

/// <summary>The two residual blocks of He et al. 2015, figure 5.</summary>
public enum ResidualBlock
{
    /// <summary>Two 3x3 convolutions.</summary>
    Basic,

    /// <summary>1x1, 3x3 and 1x1 convolutions, the last with four times the channels.</summary>
    Bottleneck,
}
