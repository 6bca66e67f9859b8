namespace Frugal.Models.Vision;

/// <summary>What of a transformer's tokens the classifier sees.</summary>
public enum TokenPooling
{
    /// <summary>The class token, after the last normalisation.</summary>
    Token,

    /// <summary>The mean of the patch tokens, normalised after the mean (timm's <c>fc_norm</c>).</summary>
    Average,
}
