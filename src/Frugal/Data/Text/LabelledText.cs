namespace Frugal.Data.Text;

/// <summary>A text and its class.</summary>
/// <param name="Text">The text.</param>
/// <param name="Label">Its class, from 0; of a review, 0 is negative and 1 positive.</param>
public sealed record LabelledText(string Text, int Label);
