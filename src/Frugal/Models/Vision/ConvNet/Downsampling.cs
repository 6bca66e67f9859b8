namespace Frugal.Models.Vision;

/// <summary>How a stage of a small convolutional network halves the image.</summary>
public enum Downsampling
{
    /// <summary>By the largest of each 2x2 window, after the non-linearity.</summary>
    MaxPool,

    /// <summary>By a convolution that takes every second place.</summary>
    Stride,
}
