using System.Text;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>A character of a normalised text, and the place of the original one that it came from.</summary>
internal readonly record struct PlacedRune(Rune Rune, int Start, int End);
