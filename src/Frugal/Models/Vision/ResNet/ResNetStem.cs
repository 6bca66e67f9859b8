namespace Frugal.Models.Vision;

/// <summary>What a residual network does before its first block.</summary>
public enum ResNetStem
{
    /// <summary>7x7 convolution of stride 2 and 3x3 maximum pooling of stride 2: a quarter of the image's side (He et al. 2015, table 1).</summary>
    Imagenet,

    /// <summary>3x3 convolution at full resolution (He et al. 2015, section 4.2).</summary>
    Cifar,
}
