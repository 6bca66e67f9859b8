namespace Frugal.Data;

/// <summary>Datasets published in MNIST's files.</summary>
public enum MnistVariant
{
    /// <summary>Handwritten digits (LeCun, Cortes and Burges).</summary>
    Digits,

    /// <summary>Articles of clothing (Xiao, Rasul and Vollgraf 2017, arXiv 1708.07747).</summary>
    Fashion,
}
