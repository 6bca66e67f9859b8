namespace Frugal.Models.Vision;

/// <summary>What an edge of a cell computes: the primitives of DARTS (Liu et al. 2019, arXiv 1806.09055, section 3.1), in the order in which a search weighs them.</summary>
public enum CellOperation
{
    /// <summary>Nothing: zeros.</summary>
    None,

    /// <summary>The largest of each 3x3 window.</summary>
    MaxPool3,

    /// <summary>The mean of each 3x3 window, without the padding.</summary>
    AvgPool3,

    /// <summary>The input itself; where the image is halved, two 1x1 convolutions of stride 2 on places one apart.</summary>
    SkipConnect,

    /// <summary>Depthwise 3x3 and 1x1 convolution, twice.</summary>
    SepConv3,

    /// <summary>Depthwise 5x5 and 1x1 convolution, twice.</summary>
    SepConv5,

    /// <summary>Depthwise 3x3 convolution over every other place, and 1x1 convolution.</summary>
    DilConv3,

    /// <summary>Depthwise 5x5 convolution over every other place, and 1x1 convolution.</summary>
    DilConv5,
}
