namespace Frugal.Data.Text.Sources;

/// <summary>What generated questions are about.</summary>
public enum QuestionDomains
{
    /// <summary>People, towns and animals: what training sees.</summary>
    InDomain,

    /// <summary>Ships, plays and planets: the same structure in other words.</summary>
    OutOfDomain,
}
