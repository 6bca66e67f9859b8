namespace Frugal.Kernels;

/// <summary>What a row's codes stand for: an input is <c>Scale · (code - Zero)</c>.</summary>
/// <param name="Scale">Not a number where the row cannot be coded, which then shows in all of its outputs.</param>
/// <param name="Zero">The code of zero.</param>
internal readonly record struct RowCode(float Scale, int Zero);
