namespace Frugal.Studies.Claims;

/// <summary>A claim held against what was measured.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Outcome">How it fared.</param>
/// <param name="Left">Value of its left side, or null when unknown.</param>
/// <param name="Right">Value of its right side, or null when unknown.</param>
/// <param name="Spread">Standard deviation over seeds of left minus right, or null with one seed.</param>
/// <param name="Reason">Why it is unknown, or null.</param>
public sealed record ClaimVerdict(Claim Claim, ClaimOutcome Outcome, double? Left, double? Right, double? Spread, string? Reason);
