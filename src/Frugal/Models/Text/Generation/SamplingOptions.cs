namespace Frugal.Models.Text;

/// <summary>How the next token is chosen from a model's logits.</summary>
public sealed record SamplingOptions
{
    /// <summary>Logits are divided by it: below 1 the likely tokens gain, above 1 the others; 0 always takes the likeliest. Default 1.</summary>
    public double Temperature { get; init => field = Guard.NotNegative(value); } = 1;

    /// <summary>Only so many of the likeliest tokens are drawn from; null for all.</summary>
    public int? TopK { get; init => field = value is { } count ? Guard.AtLeast(count, 1) : null; }

    /// <summary>Only the likeliest tokens that together reach this probability are drawn from (Holtzman et al. 2019, arXiv 1904.09751). Above 0, at most 1; default 1, all.</summary>
    public double TopP { get; init => field = Guard.Between(Guard.Positive(value), 0, 1); } = 1;

    /// <summary>Where the random numbers start.</summary>
    public long Seed { get; init; }
}
