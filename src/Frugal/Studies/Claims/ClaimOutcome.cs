namespace Frugal.Studies.Claims;

/// <summary>How a claim fared.</summary>
public enum ClaimOutcome
{
    /// <summary>What was measured bears it out.</summary>
    Holds,

    /// <summary>What was measured contradicts it.</summary>
    Fails,

    /// <summary>Something it speaks of was not measured.</summary>
    Unknown,
}
