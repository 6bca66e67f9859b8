namespace Frugal.Layers;

/// <summary>What an SNNK adapter begins with.</summary>
public enum SnnkStart
{
    /// <summary>Features of Kaiming-uniform weights, and zeros behind them: the adapter begins as the identity.</summary>
    Mam,

    /// <summary>Features of Gaussian weights with a standard deviation of 0.02, and such numbers behind them as well.</summary>
    Bert,
}
