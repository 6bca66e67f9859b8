namespace Frugal.Models.Text;

/// <summary>What of the tokens a classifier sees.</summary>
public enum TokenPool
{
    /// <summary>Their mean, without padding.</summary>
    Mean,

    /// <summary>The first one, where the tokenizer puts one that stands for the text.</summary>
    First,
}
