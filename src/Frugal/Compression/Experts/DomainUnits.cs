namespace Frugal.Compression.Experts;

/// <summary>Which hidden units of a block the expert of a domain keeps.</summary>
public enum DomainUnits
{
    /// <summary>The most active ones on the domain's examples.</summary>
    Active,

    /// <summary>As many at random: what the choice by activity is compared with.</summary>
    Random,
}
