namespace Frugal.Data.Text.Tokenizers;

/// <summary>A piece of a text.</summary>
/// <param name="Id">Its number in the vocabulary.</param>
/// <param name="Start">Where it begins in the original text, in UTF-16 code units, as <c>string</c> counts.</param>
/// <param name="End">Where it ends, exclusive. Pieces of one character, e.g. its bytes, all have that character's place.</param>
public readonly record struct Token(int Id, int Start, int End);
