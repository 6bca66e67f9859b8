namespace Frugal.Layers;

/// <summary>The mother wavelet ψ of wavelet edges.</summary>
public enum KanWavelet
{
    /// <summary>2 / (√3 π^¼) · (u² - 1) exp(-u²/2): with the sign of the authors' code, opposite to the usual one.</summary>
    MexicanHat,

    /// <summary>exp(-u²/2) cos 5u.</summary>
    Morlet,

    /// <summary>The derivative of a Gaussian, -u exp(-u²/2).</summary>
    Dog,
}
