namespace Frugal.Data.Text.Sources;

/// <summary>What a language model is asked.</summary>
public enum LanguageModelling
{
    /// <summary>The token after each token.</summary>
    Causal,

    /// <summary>Tokens that were hidden.</summary>
    Masked,
}
