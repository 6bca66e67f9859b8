namespace Frugal.Interop;

/// <summary>A row of <c>frugal verify</c>.</summary>
/// <param name="Slug">The method.</param>
/// <param name="Case">The case's name.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="MaxAbs">The largest absolute difference over all results; <c>null</c> where none was measured.</param>
/// <param name="MaxRel">The largest difference over its result's largest magnitude; <c>null</c> where none was measured.</param>
/// <param name="Tolerance">The leading number of the tolerance of the result that comes nearest to its limit.</param>
/// <param name="Message">What failed, or what was compared.</param>
public sealed record GoldenResult(string Slug, string Case, GoldenVerdict Verdict, double? MaxAbs, double? MaxRel, double? Tolerance, string Message);
