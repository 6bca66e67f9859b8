namespace Frugal.Studies.Papers;

/// <summary>The paper that a study reproduces at small scale.</summary>
public sealed class PaperInfo
{
    /// <summary>Title as printed.</summary>
    public required string Title { get; init; }

    /// <summary>Authors as they would be cited.</summary>
    public required string Authors { get; init; }

    /// <summary>Year of publication.</summary>
    public required int Year { get; init; }

    /// <summary>arXiv number, or null.</summary>
    public string? Arxiv { get; init; }

    /// <summary>The central claim in one sentence.</summary>
    public required string Claim { get; init; }
}
